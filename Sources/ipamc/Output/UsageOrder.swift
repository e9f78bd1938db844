internal import ArgumentParser
internal import IPAM

/// A column of `usage` by which its rows can be sorted, as the table calls them.
enum UsageColumn: String, ExpressibleByArgument, CaseIterable {
    case name
    case namespace
    case prefix
    case use
    case used
    case free
    case largest
    case frag

    /// A table's heading in any case.
    init?(argument: String) { self.init(rawValue: argument.lowercased()) }

    /// The items in the order of the column, equal ones as they were. What has no place yet has
    /// no values either, and is last.
    func sorted(_ items: [PrefixUsage]) -> [PrefixUsage] {
        func placed<Key: Comparable>(_ key: (PrefixUsage) -> Key) -> [PrefixUsage] {
            items.sorted { $0.block == nil ? nil : key($0) }
        }
        return switch self {
        case .name: items.sorted { $0.key.name }
        case .namespace: items.sorted { $0.key.namespace }
        case .prefix: items.sorted { $0.block }
        case .use: placed { $0.usedShare }
        case .used: placed { $0.addresses($0.used) }
        case .free: placed { $0.addresses($0.free) }
        case .largest: placed(Self.largest)
        case .frag: placed { $0.fragmentation }
        }
    }

    private static func largest(_ usage: PrefixUsage) -> AddressCount {
        usage.largestFree.map { AddressCount(ofLength: $0.length, $0.family) } ?? .zero
    }
}
