import IPAM

extension ModelWorkload {
    /// How a block is given out: often something, seldom everything, now and then nonsense.
    mutating func policy(_ block: IPPrefix) -> Manifest.Policy {
        var policy = Manifest.Policy()
        let bits = block.family.addressBits
        if isLucky(50) { policy.strategy = pick(["BestFit", "Lowest", "Sparse"]) }
        if isLucky(1) { policy.strategy = "Random" }
        let room = UInt64(bits - block.length)
        if isLucky(15) {
            policy.minPrefixLength = Int64(block.length) + Int64(below(room + 1))
        }
        if isLucky(15) { policy.maxPrefixLength = Int64(bits) - Int64(below(min(room, 3) + 1)) }
        if isLucky(30) {
            policy.defaultPrefixLength = Int64(bits) - Int64(below(min(room, 4) + 1))
        }
        if isLucky(1) { policy.minPrefixLength = 200 }
        if isLucky(25) { policy.reserved = ranges(block) }
        if isLucky(25) { policy.excluded = ranges(block) }
        policy.excludeNetworkAndBroadcast = isLucky(25)
        if isLucky(15) { policy.quota = quota(block) }
        if isLucky(15) { policy.quotaPerOwner = quota(block) }
        policy.ownerOnly = isLucky(10)
        return policy
    }

    private mutating func quota(_ block: IPPrefix) -> String {
        let bits = UInt64(block.family.addressBits)
        if isLucky(2) { return pick(["0", "-1", "many", "/0"]) }
        if isLucky(50) { return "/\(bits - below(min(8, bits - UInt64(block.length)) + 1))" }
        return "\(1 + below(100))"
    }

    private mutating func ranges(_ block: IPPrefix) -> [String] {
        let count = 1 + below(3)
        return (0..<count).map { _ in
            let part = part(of: block)
            switch below(6) {
            case 0: return "\(part.firstAddress)"
            case 1, 2:
                let first = part.firstAddress
                let last = IPAddress(
                    number: min(
                        first.number + UInt128(below(20)), block.lastAddress.number | first.number),
                    family: first.family)
                return "\(first)-\(last)"
            case 3 where isLucky(10): return "\(part.lastAddress)-\(block.firstAddress)"
            default: return "\(part)"
            }
        }
    }
}
