/// An answer, and the log sequence number at which the daemon evaluated it.
public struct Answered<Value: Sendable>: Sendable {
    public let lsn: UInt64
    public let value: Value

    public init(lsn: UInt64, value: Value) {
        self.lsn = lsn
        self.value = value
    }
}

extension Answered: Equatable where Value: Equatable {}
