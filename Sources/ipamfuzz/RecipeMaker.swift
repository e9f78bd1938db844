/// The chunks from which a directory that the store wrote can be made again.
enum RecipeMaker {
    static func recipe(of files: [String: [UInt8]]) -> [Chunk] {
        var chunks: [Chunk] = []
        let kinds: [StateFiles.Kind] = [.checkpoint, .journal]
        for generation in UInt64(1)..<64 {
            for kind in kinds {
                guard let file = files[StateFiles.name(kind, generation)] else { continue }
                chunks += self.chunks(of: file, kind)
            }
        }
        return chunks
    }

    private static func chunks(of file: [UInt8], _ kind: StateFiles.Kind) -> [Chunk] {
        var head = DirectoryRecipe.Head(kind == .journal ? .journal : .checkpoint)
        let isStop = file[...].number(at: 12, bytes: 4) == 1
        if isStop { head.flags |= 1 << 5 }
        // A first file may begin anywhere in the history.
        let lsn = file[...].number(at: 48, bytes: 8)
        if kind == .checkpoint, lsn > 0 {
            head.flags |= 1 << 1
            head.value = lsn
        }
        var chunks = [Chunk(head: head.bytes, body: [])]
        let seed = SlowCRC.seed(file[...].number(at: 64, bytes: 8))
        var offset = StateFiles.block
        while let found = StateFiles.frame(in: file, at: offset, seed: seed) {
            let step = DirectoryRecipe.Step(rawValue: UInt8(found.frame.kind) + 2)
            let items = StateFiles.items(of: found.frame) ?? []
            let fields = items.map { item in
                FieldTree(
                    tag: 1,
                    // The number of a record follows from its place.
                    value: .bytes(Array(found.frame.kind == 1 ? item.dropFirst(10) : item[...])))
            }
            if let step {
                let head = DirectoryRecipe.Head(step)
                chunks.append(Chunk(head: head.bytes, body: FieldTree.bytes(of: fields)))
            }
            offset = found.end
        }
        return chunks
    }
}
