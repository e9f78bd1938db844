internal import IPAM

/// How full a Prefix is, as a bar of characters: `███▍▒▒░░░░`.
///
/// What is used is full, to an eighth of a character; what cannot be had otherwise (reserved,
/// excluded, held) is half, what is free is light. Neither something used nor something free is
/// rounded away.
struct UseBar {
    static let width = 10
    private static let eighths: [Character] = ["▏", "▎", "▍", "▌", "▋", "▊", "▉"]

    let text: String

    init(_ usage: PrefixUsage) {
        let whole = usage.addresses
        let free = usage.addresses(usage.free)
        let used = usage.addresses(usage.used)
        let closed = [usage.reserved, usage.excluded, usage.held]
            .reduce(AddressCount.zero) { $0 + usage.addresses($1) }
        let steps = 8 * Self.width
        let rounded = Int((used.share(of: whole) * Double(steps)).rounded())
        let isAll = free == .zero && closed == .zero
        let usedSteps = used == .zero ? 0 : isAll ? steps : min(max(1, rounded), steps - 1)
        var text = String(repeating: "█", count: usedSteps / 8)
        if usedSteps % 8 > 0 { text.append(Self.eighths[usedSteps % 8 - 1]) }
        let room = Self.width - text.count
        let closedCells = Int((closed.share(of: whole) * Double(Self.width)).rounded())
        let shown = free == .zero ? room : min(closedCells, max(0, room - 1))
        text += String(repeating: "▒", count: shown)
        self.text = text + String(repeating: "░", count: room - shown)
    }

    /// Green while there is room, yellow when little is left, red when it is full.
    static func colour(_ usage: PrefixUsage) -> Colour? {
        guard usage.block != nil else { return nil }
        let free = usage.addresses(usage.free).share(of: usage.addresses)
        return free <= 0 ? .red : free < 0.15 ? .yellow : .green
    }
}
