import Glibc
import IPAMWire

/// One client of the load: a connection with some questions in flight.
final class LoadConnection {
    /// One question in flight at a time, and the steps that it goes through again and again.
    struct Slot {
        let steps: [LoadStep]
        var next = 0
        var sentAt: UInt64 = 0
        var block: Block?
    }

    let descriptor: Int32
    var slots: [Slot]
    private let input = UnsafeMutableRawBufferPointer.allocate(
        byteCount: 256 << 10, alignment: 8)
    private var filled = 0
    private var output: [UInt8] = []

    init(_ socket: consuming ConnectedSocket, slots: [[LoadStep]]) {
        descriptor = socket.release()
        self.slots = slots.map { Slot(steps: $0) }
    }

    deinit {
        close(descriptor)
        input.deallocate()
    }

    /// Puts the next question of a slot into what is sent next.
    func ask(_ slot: Int, at time: UInt64) {
        slots[slot].sentAt = time
        output += slots[slot].steps[slots[slot].next].frame
    }

    /// The same question once more.
    func askAgain(_ slot: Int) { output += slots[slot].steps[slots[slot].next].frame }

    /// Hands everything that was asked to the system.
    func send() throws(BenchError) {
        var sent = 0
        while sent < output.count {
            let count = output.withUnsafeBytes {
                Glibc.send(
                    descriptor, $0.baseAddress.map { $0 + sent }, $0.count - sent,
                    Int32(MSG_NOSIGNAL))
            }
            guard count >= 0 || errno == EINTR else { throw .last("send") }
            sent += max(0, count)
        }
        output.removeAll(keepingCapacity: true)
    }

    /// One frame that came in.
    struct Incoming {
        let slot: Int
        let opcode: UInt8
        let body: AnswerFields
    }

    /// Takes what is there, and hands out each whole frame.
    func receive(
        _ each: (Incoming) throws(BenchError) -> Void
    ) throws(BenchError) {
        let count = recv(
            descriptor, input.baseAddress.map { $0 + filled }, input.count - filled, 0)
        guard count != 0 else { throw .ended("the server has closed a connection") }
        guard count > 0 else {
            if errno == EINTR { return }
            throw .last("recv")
        }
        filled += count
        var at = 0
        while filled - at >= FrameHeader.byteCount {
            let first = UInt64(
                littleEndian: input.loadUnaligned(fromByteOffset: at, as: UInt64.self))
            let bodyBytes = Int(first & 0xffff_ffff)
            let end = at + FrameHeader.byteCount + bodyBytes
            guard end <= filled else { break }
            let correlation = UInt64(
                littleEndian: input.loadUnaligned(fromByteOffset: at + 8, as: UInt64.self))
            guard first >> 40 == 0, correlation >= 1, correlation <= UInt64(slots.count) else {
                throw .wrong("a frame that answers nothing: opcode \(first >> 32 & 0xff)")
            }
            let body = UnsafeRawBufferPointer(
                rebasing: input[(at + FrameHeader.byteCount)..<end])
            try each(
                Incoming(
                    slot: Int(correlation) - 1, opcode: UInt8(truncatingIfNeeded: first >> 32),
                    body: AnswerFields(bytes: body)))
            at = end
        }
        guard at > 0 else {
            guard filled < input.count else { throw .wrong("a frame larger than agreed") }
            return
        }
        let rest = UnsafeRawBufferPointer(rebasing: input[at..<filled])
        input.copyMemory(from: rest)
        filled -= at
    }
}
