internal import IPAM

/// All there is to know about one resource, a line each, as `describe` prints it.
struct Description {
    private var lines: [(label: String, value: String)] = []

    /// `used` are the blocks taken in a Prefix, and whose they are; `usage` counts them and all
    /// others.
    init(
        _ item: Answer.Listed.Item, used: [Answer.UsedBlocks.Item], usage: PrefixUsage? = nil,
        now: Instant
    ) {
        let resource = item.resource
        add("Name", resource.key.name)
        add("Namespace", resource.key.namespace)
        add("Kind", "\(resource.key.kind) (\(resource.apiGroup))")
        add("Labels", each: resource.labels.pairs.map { "\($0.key)=\($0.value)" })
        add("Annotations", each: resource.annotations.pairs.map(Self.annotation))
        add("Phase", resource.status.phase.description)
        if let explanation = item.explanation {
            add("Reason", "\(explanation.reason): \(explanation.sentence)")
        }
        add("Prefix", resource.placement?.block.description)
        addRequest(resource)
        if let controller = resource.controller { add("Controlled by", "prefix/\(controller)") }
        add("Owner uid", String(resource.owner))
        add("Created", "\(resource.created) (\(resource.created.age(at: now)) ago)")
        add("Phase since", "\(resource.phaseSince) (\(resource.phaseSince.age(at: now)) ago)")
        add("Generation", String(resource.generation))
        add("Version", String(resource.version))
        add("UID", resource.uid.description)
        if let policy = resource.spec.policy {
            add("Policy", each: PolicyDocument(policy, resource.spec.family).facts)
        }
        if let usage, usage.block != nil { add(usage) }
        if resource.key.kind == .prefix {
            add("Used", each: used.map { "\($0.block) prefixallocation/\($0.allocation)" })
        }
    }

    private mutating func addRequest(_ resource: Resource) {
        let spec = resource.spec
        add("Family", spec.family.description)
        add("Request", spec.requestText)
        if let parent = spec.parent {
            add("Parent", "\(parent) (as asked)")
        } else {
            add("Parent", resource.placement?.parent)
        }
        if let selector = spec.selector {
            let text = selector.isEmpty ? "any Prefix of the family" : selector.description
            add("Parent selector", text)
        }
        if spec.parentStrategy != .bestFit {
            add("Parent strategy", spec.parentStrategy.description)
        }
    }

    private mutating func add(_ usage: PrefixUsage) {
        let whole = usage.addresses
        let parts = [
            ("used", usage.used), ("free", usage.free), ("reserved", usage.reserved),
            ("excluded", usage.excluded), ("held", usage.held),
        ]
        add("Addresses", whole.short)
        for (name, blocks) in parts {
            let addresses = usage.addresses(blocks)
            lines.append(("", "\(addresses.short(of: whole)) \(name)"))
        }
        add("Allocations", String(usage.allocationCount))
        add("Largest free", usage.largestFree?.description)
        add("Free blocks", each: usage.free.map { "\($0.count) × /\($0.length)" })
        add("Fragmentation", percentText(usage.fragmentation))
    }

    private mutating func add(_ label: String, _ value: String?) {
        lines.append((label, value ?? "<none>"))
    }

    private mutating func add(_ label: String, each values: [String]) {
        add(label, values.first)
        for value in values.dropFirst() { lines.append(("", value)) }
    }

    /// Annotations hold any text, so it is quoted: a terminal must not take orders from it.
    private static func annotation(_ pair: Labels.Pair) -> String {
        "\(pair.key): \(pair.value.quotedForMessage)"
    }

    var text: String {
        let width = (lines.map(\.label.count).max() ?? 0) + 3
        var text = ""
        for line in lines {
            let label = line.label.isEmpty ? "" : line.label + ":"
            let spaces = String(repeating: " ", count: width - label.count)
            text += label + spaces + line.value + "\n"
        }
        return text
    }
}
