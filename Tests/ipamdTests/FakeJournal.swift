import Foundation
import Glibc
import Testing

/// A journald of a test: a socket that speaks the native protocol, as its side reads it.
final class FakeJournal {
    let folder: String
    private var descriptor: Int32 = -1

    var path: String { folder + "/socket" }

    init() throws {
        var template = Array("/tmp/ipamd-journal.XXXXXX".utf8CString)
        folder = try String(cString: #require(mkdtemp(&template)))
        try listen()
    }

    deinit {
        stop()
        rmdir(folder)
    }

    func listen() throws {
        descriptor = socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue), 0)
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: Array(path.utf8)) }
        let result = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(descriptor, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
            }
        }
        try #require(result == 0)
        var limit = timeval(tv_sec: Int(DaemonProcess.deadline), tv_usec: 0)
        setsockopt(
            descriptor, SOL_SOCKET, SO_RCVTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
    }

    func stop() {
        close(descriptor)
        unlink(path)
    }

    /// The fields of the next entry by their names; none if none comes.
    func next(waits: Bool = true) throws -> [String: String]? {
        var buffer = [UInt8](repeating: 0, count: 1 << 18)
        let count = recv(descriptor, &buffer, buffer.count, waits ? 0 : Int32(MSG_DONTWAIT))
        guard count >= 0 else { return nil }
        return try Self.fields(buffer[..<count])
    }

    /// Reads on until an entry has this value.
    func next(_ name: String, _ value: String) throws -> [String: String] {
        while let entry = try next() {
            if entry[name] == value { return entry }
        }
        Issue.record("no entry has \(name)=\(value)")
        return [:]
    }

    static func fields(_ bytes: ArraySlice<UInt8>) throws -> [String: String] {
        var (rest, fields) = (bytes, [String: String]())
        while let end = rest.firstIndex(of: UInt8(ascii: "\n")) {
            let line = rest[..<end]
            rest = rest[(end + 1)...]
            let value: ArraySlice<UInt8>
            var name = line
            if let equals = line.firstIndex(of: UInt8(ascii: "=")) {
                name = line[..<equals]
                value = line[(equals + 1)...]
            } else {
                let length = rest.prefix(8).reversed().reduce(0) { $0 << 8 | Int($1) }
                value = rest.dropFirst(8).prefix(length)
                rest = rest.dropFirst(8 + length + 1)
            }
            let isNew = fields.updateValue(
                String(decoding: value, as: UTF8.self),
                forKey: String(decoding: name, as: UTF8.self))
            #expect(isNew == nil, "A field has one value.")
        }
        #expect(rest.isEmpty, "An entry ends with a line break.")
        return fields
    }
}
