import Glibc
import IPAM
import IPAMClient
import Synchronization

/// Asks for an address and releases it, again and again, and connects anew from time to time as
/// the tools of one shot do. It must not notice that others behave badly.
struct GoodClient {
    /// One thing that it did.
    struct Deed {
        enum Kind: String { case connect, request, release }

        let kind: Kind
        let begin: UInt64
        let end: UInt64
        /// Why it failed, if it did.
        let fault: String?

        var nanoseconds: UInt64 { end - begin }

        init(_ kind: Kind, begin: UInt64, end: UInt64, fault: String?) {
            self.kind = kind
            self.begin = begin
            self.end = end
            self.fault = fault
        }

        var line: String {
            let words = "\(kind.rawValue) \(begin) \(end)"
            return fault.map { "\(words) \($0.split(separator: "\n").joined(separator: " "))" }
                ?? words
        }

        init?(line: some StringProtocol) {
            let words = line.split(separator: " ", maxSplits: 3)
            guard words.count >= 3, let kind = Kind(rawValue: String(words[0])),
                let begin = UInt64(words[1]), let end = UInt64(words[2]), begin <= end
            else { return nil }
            self.init(kind, begin: begin, end: end, fault: words.count > 3 ? String(words[3]) : nil)
        }
    }

    static let namespace = "good"
    static let parent = "good"

    private let socket: String
    private var deeds: [Deed] = []
    /// What it is at, and since when.
    private var current = (kind: Deed.Kind.connect, begin: UInt64(0))

    /// Pairs of a request and a release on one connection.
    private static let pairsPerConnection = 50
    /// Far above what anything takes here: a request that is slow is not lost.
    private static let timeout = Duration.seconds(60)
    /// So that a daemon that has ended does not fill the memory with failures.
    private static let pauseMicroseconds: UInt32 = 10_000
    private static let isOver = Atomic(false)

    init(socket: String) { self.socket = socket }

    mutating func run() {
        signal(SIGTERM) { _ in GoodClient.isOver.store(true, ordering: .relaxed) }
        var number = 0
        // Who started it may be killed, and then nobody tells it to end.
        let parent = getppid()
        while !Self.isOver.load(ordering: .relaxed), getppid() == parent {
            current = (.connect, Clock.now)
            do throws(ClientError) {
                var client = try Client.connect(
                    to: socket, software: "ipamtrial good", timeout: Self.timeout)
                note()
                for _ in 0..<Self.pairsPerConnection
                where !Self.isOver.load(ordering: .relaxed) {
                    number += 1
                    try pair(&client, "good-\(number)")
                }
            } catch {
                note("\(error)")
                usleep(Self.pauseMicroseconds)
            }
        }
        write()
    }

    private mutating func pair(_ client: inout Client, _ name: String) throws(ClientError) {
        let request = Command.Request(
            namespace: Self.namespace, name: name, prefixLength: 32, parent: Self.parent)
        let release = Command.Release(namespace: Self.namespace, names: [name])
        current = (.request, Clock.now)
        _ = try client.request(request)
        note()
        current = (.release, Clock.now)
        _ = try client.release(release)
        note()
    }

    private mutating func note(_ fault: String? = nil) {
        deeds.append(
            Deed(current.kind, begin: current.begin, end: Clock.now, fault: fault))
    }

    /// To standard output, which the trial has opened: this user may make no file there.
    private func write() {
        var rest = Array(deeds.map { $0.line + "\n" }.joined().utf8)[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes {
                Glibc.write(STDOUT_FILENO, $0.baseAddress, $0.count)
            }
            guard count > 0 else { return }
            rest = rest.dropFirst(count)
        }
    }
}
