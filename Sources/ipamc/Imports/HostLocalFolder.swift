internal import Glibc
internal import IPAM

/// The folder in which CNI's host-local keeps the addresses of one network: a file for each, named
/// by the address, with the container's id and its interface inside; `lock` and
/// `last_reserved_ip.N` beside them.
struct HostLocalFolder {
    /// A file is two short lines; what is longer is none of these.
    private static let fileBytesMax = 4096

    private let path: String
    /// The name of the network: that of the folder.
    let network: String

    init(_ path: String) {
        self.path = path.count > 1 && path.hasSuffix("/") ? String(path.dropLast()) : path
        let last = self.path.split(separator: "/").last.map(String.init) ?? ""
        network = ImportText.name(last)
    }

    /// An allocation for each address; `parent` gives the Prefix that an address belongs to.
    func source(namespace: String, parent: (IPPrefix) -> String?) throws(Failure) -> ImportSource {
        var source = ImportSource()
        for file in try files() {
            guard file != "lock", !file.hasPrefix("last_reserved_ip"), !file.hasPrefix(".") else {
                continue
            }
            do throws(IPAddressError) {
                let address = try IPAddress(file)
                let block = IPPrefix(containing: address, length: address.family.addressBits)
                let key = ResourceKey(
                    kind: .prefixAllocation, namespace: namespace,
                    name: "\(network)-\(ImportText.name(address.description))")
                guard let parent = parent(block) else {
                    source.conflicts.append(
                        ImportConflict(
                            place: file, key: key,
                            sentence: "no Prefix in \(namespace) contains it; apply one first"))
                    continue
                }
                source.add(
                    file,
                    Manifest(
                        key: key, labels: ["cni-network": ImportText.labelValue(network)],
                        annotations: Labels(Self.facts(path + "/" + file)),
                        prefix: block.description, parent: parent))
            } catch {
                let sentence = "\(error.fault): host-local names its files by addresses"
                source.conflicts.append(ImportConflict(place: file, sentence: sentence))
            }
        }
        return source
    }

    /// The names of the files, in one order.
    private func files() throws(Failure) -> [String] {
        guard let directory = opendir(path) else {
            throw Failure(.usage, "input", "\(path): \(String(cString: strerror(errno)))")
        }
        defer { closedir(directory) }
        var names: [String] = []
        while let entry = readdir(directory) {
            names.append(
                withUnsafeBytes(of: &entry.pointee.d_name) { bytes in
                    String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
                })
        }
        return names.filter { $0 != "." && $0 != ".." }.sorted()
    }

    /// The container and its interface, as annotations.
    private static func facts(_ path: String) -> [String: String] {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return [:] }
        defer { close(descriptor) }
        var buffer = [UInt8](repeating: 0, count: fileBytesMax)
        let count = read(descriptor, &buffer, buffer.count)
        let lines = String(decoding: buffer[..<max(0, count)], as: UTF8.self)
            .split(omittingEmptySubsequences: false, whereSeparator: \.isNewline)
            .map { String($0).trimmed }
        var facts: [String: String] = [:]
        if let id = lines.first, !id.isEmpty { facts["cni/container-id"] = id }
        if lines.count > 1, !lines[1].isEmpty { facts["cni/interface"] = lines[1] }
        return facts
    }
}
