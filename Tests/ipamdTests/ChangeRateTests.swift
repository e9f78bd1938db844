import Testing

@testable import ipamd

/// How fast one user may ask for changes.
@Suite struct ChangeRateTests {
    private let second: UInt64 = 1_000_000_000

    @Test func `two seconds' worth at once, and then as many a second as are allowed`() {
        var rate = ChangeRate(perSecond: 100)
        for _ in 0..<200 { #expect(rate.admit(uid: 1, 1, at: 0) == nil) }
        #expect(rate.admit(uid: 1, 1, at: 0) == 10)
        #expect(rate.admit(uid: 1, 1, at: second / 100) == nil)
        #expect(rate.admit(uid: 1, 1, at: second / 100) == 10)
        #expect(rate.admit(uid: 1, 100, at: second + second / 100) == nil)
        #expect(rate.admit(uid: 1, 1, at: second + second / 100) != nil)
    }

    @Test func `what is refused takes nothing, and is told how long to wait`() throws {
        var rate = ChangeRate(perSecond: 100)
        #expect(rate.admit(uid: 1, 150, at: 0) == nil)
        let refused = rate.admit(uid: 1, 100, at: 0)
        let pause = try #require(refused)
        #expect(pause == 500)
        #expect(rate.admit(uid: 1, 100, at: UInt64(pause) * 1_000_000) == nil)
    }

    @Test func `users do not share, and idleness does not pay beyond a full allowance`() {
        var rate = ChangeRate(perSecond: 10)
        #expect(rate.admit(uid: 1, 20, at: 0) == nil)
        #expect(rate.admit(uid: 2, 20, at: 0) == nil)
        #expect(rate.admit(uid: 1, 20, at: 3600 * second) == nil)
        #expect(rate.admit(uid: 1, 1, at: 3600 * second) != nil)
    }

    @Test func `more than a full allowance counts as one, or it could never be done`() {
        var rate = ChangeRate(perSecond: 10)
        #expect(rate.admit(uid: 1, 10_000, at: 0) == nil)
        #expect(rate.admit(uid: 1, 1, at: 0) != nil)
    }

    @Test func `0 is no limit, and a clock that stands still or jumps does no harm`() {
        var free = ChangeRate(perSecond: 0)
        for _ in 0..<1000 { #expect(free.admit(uid: 1, 10_000, at: 5) == nil) }
        var rate = ChangeRate(perSecond: .max)
        #expect(rate.admit(uid: 1, .max, at: .max) == nil)
        #expect(rate.admit(uid: 1, 1, at: 0) != nil)
        #expect(rate.admit(uid: 1, 1, at: .max) == nil)
    }

    @Test func `many users are remembered, and not without bound`() {
        var rate = ChangeRate(perSecond: 1)
        for uid in 0..<UInt32(ChangeRate.usersMax) { _ = rate.admit(uid: uid, 2, at: 0) }
        #expect(rate.admit(uid: 0, 1, at: 0) != nil)
        _ = rate.admit(uid: 5000, 1, at: 10 * second)
        #expect(rate.admit(uid: 0, 2, at: 10 * second) == nil)
    }
}
