import IPAM
import IPAMWire
import Testing

/// The registry says what the code does.
@Suite struct RegistryTests {
    let registry: Registry

    init() throws { registry = try Specification.registry() }

    @Test func `every opcode of the code is a message of the registry`() {
        let code = Opcode.allCases
        #expect(registry.messages.map(\.opcode) == code.map(\.rawValue))
        #expect(registry.messages.map(\.name) == code.map(\.description))
    }

    @Test func `refusal codes have the numbers and names of the registry`() {
        #expect(registry.refusals.map(\.number) == RefusalCode.allCases.map(\.rawValue))
        #expect(registry.refusals.map(\.name) == RefusalCode.allCases.map(\.description))
    }

    @Test func `goodbye codes have the numbers and names of the registry`() {
        let codes = ProtocolError.Code.allCases
        #expect(registry.goodbyes.map(\.number) == codes.map(\.rawValue))
        #expect(registry.goodbyes.map(\.name) == codes.map(\.description))
    }

    @Test func `enumerations have the numbers and names of the registry`() {
        func values<Value: CaseIterable & RawRepresentable & CustomStringConvertible>(
            _: Value.Type
        ) -> [String] where Value.RawValue == UInt8 {
            Value.allCases.map { "\($0.rawValue) \($0)" }
        }
        let code = [
            "kind": values(ResourceKind.self), "api group": values(APIGroup.self),
            "family": values(IPFamily.self), "operator": values(Selector.Requirement.Operator.self),
            "phase": values(Phase.self), "reason": values(Reason.self),
            "strategy": values(PrefixPolicy.Strategy.self),
            "parent strategy": values(ParentStrategy.self),
            "mode": values(DaemonStatus.Mode.self), "role": values(Caller.Role.self),
            "fault kind": values(Fault.Kind.self),
            "outcome": Answer.Applied.Outcome.allCases.map { "\($0.rawValue) \($0)" },
        ]
        let said = registry.enumerations.map { enumeration in
            (enumeration.name, enumeration.values.map { "\($0.number) \($0.name)" })
        }
        #expect(Dictionary(uniqueKeysWithValues: said) == code)
    }

    @Test func `limits are those of the registry`() {
        let code = [
            "frameBytesLeast": Limits.frameBytesLeast, "frameBytesMax": Limits.frameBytesMax,
            "messageBytesMax": Limits.messageBytesMax,
            "requestsInFlightMax": Limits.requestsInFlightMax,
            "softwareNameBytesMax": Limits.softwareNameBytesMax,
            "messagePartBytesMax": Limits.messagePartBytesMax,
            "itemsPerCommandMax": Limits.itemsPerCommandMax, "pageItemsMax": Limits.pageItemsMax,
            "pageBytesMax": Limits.pageBytesMax, "pageWorkMax": Limits.pageWorkMax,
            "namesShownMax": Limits.namesShownMax, "nameBytesMax": Limits.nameBytesMax,
            "namespaceBytesMax": Limits.namespaceBytesMax,
            "labelPartBytesMax": Limits.labelPartBytesMax,
            "labelPrefixBytesMax": Limits.labelPrefixBytesMax, "labelsMax": Limits.labelsMax,
            "annotationBytesMax": Limits.annotationBytesMax,
            "selectorPartsMax": Limits.selectorPartsMax,
            "faultsShownMax": Limits.faultsShownMax,
            "policyRangesMax": Limits.policyRangesMax,
            "policyPrefixesMax": Limits.policyPrefixesMax,
            "batchBytesMax": Limits.batchBytesMax,
            "backupPartBytesMax": Limits.backupPartBytesMax,
            "accessEntriesMax": Limits.accessEntriesMax,
            "policyRangesReadMax": Limits.policyRangesReadMax,
            "changesBeforeHold": Limits.changesBeforeHold,
            "waitMillisecondsMax": Limits.waitMillisecondsMax,
            "waitingRequestsMax": Limits.waitingRequestsMax,
            "waitingRequestsPerUserMax": Limits.waitingRequestsPerUserMax,
            "watchesMax": Limits.watchesMax, "watchChangesMax": Limits.watchChangesMax,
            "eventChangesMax": Limits.eventChangesMax,
        ]
        let said = registry.limits.map { ($0.name, $0.value) }
        #expect(Dictionary(uniqueKeysWithValues: said) == code)
    }

    /// Leaves each field out of each good message in turn, and of each structure in it: what is
    /// required then fails, and nothing else does.
    @Test func `required is what the code requires`() throws {
        for vector in try Specification.goodVectors() where vector.frameBytesMax == nil {
            let body = Array(vector.bytes.dropFirst(FrameHeader.byteCount))
            for cut in try cuts(vector.message, body) where !agreements.contains(cut.path) {
                var isMissed = false
                do {
                    _ = try Sample(vector.message, body: cut.body)
                } catch is DecodingFault {
                    isMissed = true
                }
                #expect(isMissed == cut.isRequired, "\(vector.name): \(cut.path)")
            }
        }
    }

    /// Optional fields that are there only together with others, or when others are not.
    private let agreements: Set = [
        "goodbye.versionLeast", "goodbye.versionMost", "spec.prefix", "spec.prefixLength",
        "resource.placement", "resource.failure", "prefix usage.block", "prefix usage.used",
        "prefix usage.free", "prefix usage.reserved", "prefix usage.excluded",
        "prefix usage.held", "namespace access.user", "namespace access.group",
        "histogram.bound", "histogram.count",
    ]

    /// A body without one of its fields.
    private struct Cut {
        let path: String
        let isRequired: Bool
        var body: [UInt8]
    }

    private func cuts(_ shapeName: String, _ body: [UInt8]) throws -> [Cut] {
        let shape = try #require(registry.shape(shapeName), "there is no \(shapeName)")
        let parts = try fields(of: body)
        var cuts: [Cut] = []
        for (index, part) in parts.enumerated() {
            let field = try #require(shape.fields.first { $0.number == part.number })
            let isAlone = parts.count { $0.number == part.number } == 1
            if isAlone {
                let rest = parts.enumerated().filter { $0.offset != index }.flatMap(\.element.bytes)
                let isRequired = field.required || shape.choice == true
                cuts.append(
                    Cut(path: "\(shape.name).\(field.name)", isRequired: isRequired, body: rest))
            }
            guard registry.shape(field.type) != nil else { continue }
            cuts += try self.cuts(field.type, part.content).map { cut in
                var cut = cut
                var whole = parts
                whole[index].content = cut.body
                cut.body = whole.flatMap(\.bytes)
                return cut
            }
        }
        return cuts
    }

    /// A field as it stands in a body.
    private struct Part {
        let number: UInt8
        let isCritical: Bool
        var content: [UInt8]

        var bytes: [UInt8] {
            var writer = ByteWriter()
            writer.append([number | (isCritical ? 0x80 : 0)])
            writer.append(varint: UInt32(content.count))
            writer.append(content)
            return writer.bytes
        }
    }

    private func fields(of body: [UInt8]) throws -> [Part] {
        var fields = FieldReader(body, structure: "body")
        var parts: [Part] = []
        while let field = try fields.next() {
            parts.append(
                Part(
                    number: field.number, isCritical: field.isCritical,
                    content: Array(try field.raw(isRepeatable: true))))
        }
        return parts
    }
}
