import IPAM
import IPAMWire
import Testing

/// The registry says what the code does.
@Suite struct RegistryTests {
    let registry: Registry

    init() throws { registry = try Specification.registry() }

    @Test func `every opcode of the code is a message of the registry, but the reserved one`() {
        let code = Opcode.allCases.filter { $0 != .event }
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
        ]
        let said = registry.limits.map { ($0.name, $0.value) }
        #expect(Dictionary(uniqueKeysWithValues: said) == code)
    }

    /// Leaves each field out of each good message in turn: what is required then fails.
    @Test func `required is what the code requires`() throws {
        let messages = Dictionary(uniqueKeysWithValues: registry.messages.map { ($0.name, $0) })
        for vector in try Specification.goodVectors() where vector.frameBytesMax == nil {
            let message = try #require(messages[vector.message])
            let body = Array(vector.bytes.dropFirst(FrameHeader.byteCount))
            for field in message.fields {
                let rest = try without(field.number, body)
                guard rest != body else { continue }
                // The two versions of a goodbye are there together.
                guard message.name != "goodbye" || field.number < 4 else { continue }
                var isMissed = false
                do {
                    _ = try Sample(message.name, body: rest)
                } catch is DecodingFault {
                    isMissed = true
                }
                #expect(isMissed == field.required, "\(vector.name): \(field.name)")
            }
        }
    }

    /// A body without the field of that number.
    private func without(_ number: UInt8, _ body: [UInt8]) throws -> [UInt8] {
        var fields = FieldReader(body, structure: "body")
        var writer = ByteWriter()
        while let field = try fields.next() {
            if field.number == number { continue }
            let content = try field.raw(isRepeatable: true)
            writer.append([field.number | (field.isCritical ? 0x80 : 0)])
            writer.append(varint: UInt32(content.count))
            writer.append(content)
        }
        return writer.bytes
    }
}
