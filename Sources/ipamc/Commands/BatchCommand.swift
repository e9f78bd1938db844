internal import ArgumentParser
internal import IPAM
internal import IPAMClient

/// `ipamc batch`: requests and releases as one change, all or none.
struct BatchCommand: IpamcCommand {
    static let configuration = CommandConfiguration(
        of: .batch,
        abstract: "Request and release as one change, all or none.",
        discussion: """
            The file has a command a line, request or release with the options that they have \
            (but --wait, --dry-run and the global ones other than --namespace), quotes as in a \
            shell, and comments after #. A later line sees what the earlier ones did. If one is \
            refused, nothing is done, and the refusal names its line.

            Both addresses of a dual-stack guest, or none:

              ipamc batch -f - <<'END'
              request --name web-4 --length 28 --selector tier=public
              request --name web-6 --length 64 --selector tier=public --family IPv6
              END

            A move, without a moment in which somebody else could take the place:

              release web-1
              request --name web-2 --prefix 10.0.0.0/26 --parent public-v4
            """)

    @OptionGroup var options: GlobalOptions

    @Option(
        name: [.customShort("f"), .customLong("filename")],
        help: ArgumentHelp("The file, or - for standard input.", valueName: "file"),
        completion: .file())
    var file: String

    @Flag(help: "Say what would be done, and change nothing.")
    var dryRun = false

    func run() throws {
        let batch = try BatchFile(try read(), namespace: options.namespace)
        guard !batch.lines.isEmpty else { throw Failure.usage("\(file): there is no command") }
        var client = try options.connect()
        let reply: Answered<Answer.Batch>
        do throws(ClientError) {
            reply = try client.batch(Command.Batch(parts: batch.parts, isDryRun: dryRun))
        } catch .refused(let refusal) {
            throw batch.failure(refusal)
        } catch {
            let socket = options.socketOption.map { ["--socket", $0] } ?? []
            let again = batch.again(socket + ["-n", options.namespace])
            throw Failure(error, againText: again)
        }
        try write(BatchResult(batch, reply.value.parts, lsn: reply.lsn))
    }

    private func read() throws(Failure) -> ManifestFile {
        do throws(ManifestFileFault) {
            return try ManifestFile.readOne(file)
        } catch {
            throw Failure(error)
        }
    }

    private func write(_ result: BatchResult) throws {
        if let format = options.output.structured {
            try options.write(result.report, as: format)
        } else if options.output == .name {
            options.write(result.names.map { "\($0)\n" }.joined())
        } else {
            options.write(result.text(isDryRun: dryRun))
        }
    }
}
