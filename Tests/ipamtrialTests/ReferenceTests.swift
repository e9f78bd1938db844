import IPAM
import Testing

@testable import ipamtrial

/// The reference by hand: what the protocol's document says of space.
@Suite struct ReferenceTests {
    private static func block(
        _ reference: inout Reference, _ request: Command.Request
    ) -> String {
        switch reference.perform(.command(.request(request)), by: 0) {
        case .allocated(let thing, _):
            return "\(thing.block.map(\.description) ?? "-") of \(thing.parent ?? "-")"
        case .refused(let code, _): return "\(code)"
        case .applied, .released, .deleted, .batch, .listed: return "something else"
        }
    }

    private static func request(
        _ name: String, length: UInt8?, of parent: String
    ) -> Command.Request {
        Command.Request(
            namespace: Roots.namespace, name: name, prefixLength: length, parent: parent)
    }

    @Test(
        arguments: [
            ("best", 28, "10.0.0.0/28 of best"), ("low", 28, "10.0.1.16/28 of low"),
            ("sparse", 30, "10.0.2.0/30 of sparse"), ("sparse", nil, "10.0.2.0/30 of sparse"),
            ("limited", 32, "length_not_allowed"), ("limited", 27, "request_too_large"),
            ("six", 124, "2001:db8::/124 of six"), ("six", 32, "request_too_large"),
            ("nobody", 28, "parent_not_found"), ("best", nil, "invalid"),
        ] as [(String, UInt8?, String)])
    func `the first request of a root gets`(_ root: String, _ length: UInt8?, _ answer: String) {
        var reference = Roots.reference(owner: 0)
        #expect(Self.block(&reference, Self.request("a", length: length, of: root)) == answer)
    }

    @Test func `strategies choose among free blocks`() {
        var reference = Roots.reference(owner: 0)
        let first = Self.request("a", length: 30, of: "best")
        #expect(Self.block(&reference, first) == "10.0.0.0/30 of best")
        let second = Self.request("b", length: 28, of: "best")
        #expect(Self.block(&reference, second) == "10.0.0.16/28 of best")
        let third = Self.request("c", length: 29, of: "best")
        #expect(Self.block(&reference, third) == "10.0.0.8/29 of best")
        let sparse = (1...3).map { Self.request("s\($0)", length: 30, of: "sparse") }
        let blocks = sparse.map { Self.block(&reference, $0) }
        #expect(
            blocks == ["10.0.2.0/30", "10.0.2.16/30", "10.0.2.32/30"].map { "\($0) of sparse" })
    }

    @Test func `a quota counts addresses, and what is reserved is for those who name it`() {
        var reference = Roots.reference(owner: 0)
        let half = Self.request("a", length: 28, of: "limited")
        #expect(Self.block(&reference, half) == "10.0.3.0/28 of limited")
        let more = Self.request("b", length: 28, of: "limited")
        #expect(Self.block(&reference, more) == "quota_reached")
        var reserved = Self.request("c", length: nil, of: "sparse")
        do {
            reserved.prefix = try IPPrefix("10.0.2.48/30")
        } catch {
            Issue.record("\(error)")
        }
        #expect(Self.block(&reference, reserved) == "10.0.2.48/30 of sparse")
    }

    /// Found by `ipamtrial powercut --seed 1`.
    @Test func `of two parents as empty that begin at one address the larger serves first`() {
        var reference = Roots.reference(owner: 0)
        var child = Self.request("a-child", length: 123, of: "six")
        child.asPrefix = true
        #expect(Self.block(&reference, child) == "2001:db8::/123 of six")
        let wanted = Command.Request(
            namespace: Roots.namespace, name: "a", family: .ipv6, prefixLength: 128,
            anyParent: true, parentStrategy: .emptiest)
        #expect(Self.block(&reference, wanted) == "2001:db8::20/128 of six")
    }

    @Test func `a child Prefix is deleted when it is empty, and never released`() {
        var reference = Roots.reference(owner: 0)
        var child = Self.request("c", length: 28, of: "best")
        child.asPrefix = true
        #expect(Self.block(&reference, child) == "10.0.0.0/28 of best")
        let inner = Self.request("i", length: 32, of: "c")
        #expect(Self.block(&reference, inner) == "10.0.0.0/32 of c")
        let delete = Ask.command(.delete(Command.Delete(keys: [child.key])))
        #expect(reference.perform(delete, by: 0) == .refused(.inUse, part: nil))
        #expect(reference.perform(.release("c"), by: 0) == .refused(.notFound, part: nil))
        #expect(reference.perform(.release("c.prefix"), by: 0) == .refused(.controlled, part: nil))
        _ = reference.perform(.release("i"), by: 0)
        #expect(reference.perform(delete, by: 0) == .deleted([child.key]))
        #expect(reference.things == Roots.reference(owner: 0).things)
    }
}
