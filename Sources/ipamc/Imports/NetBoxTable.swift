internal import IPAM

/// Prefixes as NetBox exports them: a row each, of which only `prefix` has to be there. What lies
/// in another prefix of the same VRF becomes a child of the smallest one that contains it.
struct NetBoxTable {
    private let table: CSVText
    private let namespace: String
    /// The Prefix of which the outermost ones become children; absent: they are roots.
    private let parent: String?

    private struct Entry {
        let place: String
        let block: IPPrefix
        let vrf: String
        let labels: [String: String]
        let annotations: [String: String]

        var name: String {
            let address = ImportText.name(block.description)
            return vrf.isEmpty ? "net-\(address)" : "\(ImportText.name(vrf))-\(address)"
        }
    }

    init(_ table: CSVText, namespace: String, parent: String?) throws(Failure) {
        self.table = table
        self.namespace = namespace
        self.parent = parent
        guard table.header.contains("prefix") else { throw table.missing("prefix") }
    }

    var source: ImportSource {
        var source = ImportSource()
        var entries: [Entry] = []
        for row in table.rows {
            let place = "line \(row.line)"
            do throws(IPPrefixError) {
                entries.append(try entry(row, place))
            } catch {
                source.conflicts.append(ImportConflict(place: place, sentence: "\(error)"))
            }
        }
        for (_, group) in Dictionary(grouping: entries, by: \.vrf).sorted(by: { $0.key < $1.key }) {
            add(group, to: &source)
        }
        return source
    }

    /// Outer ones first: in this order a stack holds what contains the next one.
    private func add(_ entries: [Entry], to source: inout ImportSource) {
        var around: [Entry] = []
        for entry in entries.sorted(by: { $0.block < $1.block }) {
            while let last = around.last, !last.block.contains(entry.block) { around.removeLast() }
            let outer = around.last { $0.block != entry.block }
            let key = ResourceKey(kind: .prefix, namespace: namespace, name: entry.name)
            source.add(
                entry.place,
                Manifest(
                    key: key, labels: Labels(entry.labels),
                    annotations: Labels(entry.annotations),
                    prefix: entry.block.description, parent: outer?.name ?? parent))
            around.append(entry)
        }
    }

    private func entry(_ row: CSVText.Row, _ place: String) throws(IPPrefixError) -> Entry {
        let block = try IPPrefix(table.value(row, "prefix") ?? "")
        let vrf = table.value(row, "vrf").flatMap { $0.lowercased() == "global" ? nil : $0 } ?? ""
        var labels: [String: String] = [:]
        var annotations: [String: String] = [:]
        func add(_ name: String, _ value: String?) {
            guard let value else { return }
            let label = ImportText.labelValue(value)
            labels[name] = label
            if label != value { annotations["netbox/\(name)"] = value }
        }
        add("status", table.value(row, "status")?.lowercased())
        add("vrf", vrf.isEmpty ? nil : vrf)
        add("tenant", table.value(row, "tenant"))
        add("site", table.value(row, "site", "scope"))
        add("role", table.value(row, "role"))
        add("vlan", table.value(row, "vlan"))
        annotations["netbox/id"] = table.value(row, "id")
        annotations["netbox/description"] = table.value(row, "description")
        annotations["netbox/tags"] = table.value(row, "tags")
        return Entry(
            place: place, block: block, vrf: vrf, labels: labels, annotations: annotations)
    }
}
