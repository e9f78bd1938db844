/// The names of allocations that a Prefix controls. They are made from the Prefix's name, so the
/// same Prefix always controls the allocation of the same name, and they end in a way that no
/// user's allocation may end, so the two never meet.
package enum ControlledName {
    private static let suffix = ".prefix"
    private static let suffixOfLong = ".long-prefix"

    /// `NAME.prefix`; where that would be too long, the uid stands for the end of the name.
    package static func name(ofPrefix name: String, uid: ResourceUID) -> String {
        guard name.utf8.count + suffix.utf8.count > Limits.nameBytesMax else {
            return name + suffix
        }
        let digits = String(uid.number, radix: 16)
        let room = Limits.nameBytesMax - digits.utf8.count - suffixOfLong.utf8.count - 1
        var head = String(decoding: name.utf8.prefix(room), as: UTF8.self)
        while head.hasSuffix(".") || head.hasSuffix("-") { head.removeLast() }
        return head + "." + digits + suffixOfLong
    }

    /// Why a user's allocation may not have that name, as the end of a sentence.
    package static func reservationFault(_ name: String) -> String? {
        guard name.hasSuffix(suffix) || name.hasSuffix(suffixOfLong) else { return nil }
        return "must not end in \"\(suffix)\" or \"\(suffixOfLong)\": allocations that a Prefix "
            + "controls are called so"
    }
}
