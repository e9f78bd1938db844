import IPAM

/// What asks for the event loop's time: in practice a connection with input to look at.
protocol TurnTaker: AnyObject {
    var account: Turns.Account { get }
    var isInLine: Bool { get set }
    /// Does what there is to do, until that moment or to the end; returns whether that was all.
    /// However early the moment, it goes on by one step.
    func work(until moment: Turns.Moment?) -> Bool
    /// It has done all there was, and may ask again.
    func turnEnded()
}

/// Who has the event loop next: no user shall keep the others waiting, whatever it asks for.
///
/// Each user, and all strangers together, has an *allowance* of time, which fills as time goes
/// by. Who has some left is *light*, and looked at as it comes. Who has taken more is *heavy*: its
/// connections stand in line, and are not read from meanwhile. It is light again when all that it
/// wants has fitted into a short turn for some times in a row, or when it has wanted nothing.
///
/// Who is alone has all the time there is. Heavy users among themselves get even parts of it. While
/// a light user is about, heavy ones work in short turns with a rest behind each: the longer the
/// turn, the longer by far the rest, so that hardly any request of the light one meets it. A turn
/// costs what it took and what it brought about: answers, a commit, reading from a socket.
final class Turns {
    /// Nanoseconds of a clock that never goes back.
    typealias Moment = Int64
    typealias Nanoseconds = Int64

    /// What one user has taken of late.
    final class Account {
        /// Below zero: more than it had.
        fileprivate(set) var allowance = Turns.allowanceMax
        fileprivate(set) var isHeavy = false
        /// Turns in a row that were short and left nothing.
        fileprivate var calmTurns = 0
        /// What the last read took.
        fileprivate var readCost = Turns.readCost
        /// In the order in which they came.
        fileprivate var line: [any TurnTaker] = []
        /// The time it had while others stood in line too.
        fileprivate var taken: Nanoseconds = 0
        fileprivate var filledAt: Moment = 0

        /// Whether it has to rest when others are about.
        fileprivate var isGreedy: Bool { isHeavy && calmTurns == 0 }
        /// Nothing is owed, so nothing is lost when this account is forgotten.
        fileprivate var isFull: Bool { allowance == Turns.allowanceMax && line.isEmpty }
    }

    private static let millisecond: Nanoseconds = 1_000_000
    /// The most that a light user takes at once; a third of all time is added.
    fileprivate static let allowanceMax = 2 * millisecond
    private static let allowancePart: Nanoseconds = 3
    private static let calmTurnsMin = 2
    /// A user's last step for which it counts as being about: on a busy machine a client that has
    /// its answer may wait for two or three turns of the kernel's before it asks again.
    private static let presence = 10 * millisecond
    private static let absence = 20 * millisecond
    /// A turn with a light user about, and one among heavy users.
    private static let shortTurn: Nanoseconds = 100_000
    private static let longTurn = millisecond
    private static let restFactorMin: Nanoseconds = 3
    private static let restFactorMax: Nanoseconds = 10
    /// What system calls take that no turn sees: a read, and a connection's first step, its
    /// beginning and its end.
    fileprivate static let readCost: Nanoseconds = 10_000
    private static let connectionCost: Nanoseconds = 70_000
    private static let acceptCost: Nanoseconds = 30_000
    private static let accountsMax = 1024

    private let now: () -> Moment
    private let used: () -> Nanoseconds
    private let schedule: (Moment, @escaping () -> Void) -> Void
    private let afterLook: (@escaping () -> Void) -> Void
    private var accounts: [UInt32: Account] = [:]
    /// Those with a line.
    private var waiting: [Account] = []
    private var plannedAt: Moment?
    /// The processor's time at the end of the last thing that was measured.
    private var mark: Nanoseconds = 0
    /// What was begun and not paid yet will take that much.
    private var foreseen: Nanoseconds = 0
    /// How long heavy users have had the loop in all. Who was last here is told by the time
    /// without theirs, in which nobody else can show up.
    private var heavyTime: Nanoseconds = 0
    /// The last step of a light user.
    private var lastLight: Moment = .min / 2
    /// The last user who did something, and the last other one.
    private var latest: (account: Account, at: Moment)?
    private var other: (account: Account, at: Moment)?
    /// What the heavy users' last turn cost so far, and when that was.
    private var turnCost: Nanoseconds = 0
    private var turnEnd: Moment = .min / 2

    /// `used` is the processor's time of this thread: what others do to the machine is nobody's
    /// fault here. `afterLook` runs work when the sockets have been looked at.
    init(
        now: @escaping () -> Moment, used: @escaping () -> Nanoseconds,
        schedule: @escaping (Moment, @escaping () -> Void) -> Void,
        afterLook: @escaping (@escaping () -> Void) -> Void
    ) {
        self.now = now
        self.used = used
        self.schedule = schedule
        self.afterLook = afterLook
    }

    /// The account of a user; strangers have one together.
    func account(uid: UInt32, isStranger: Bool) -> Account {
        let key = isStranger ? UInt32.max : uid
        if let account = accounts[key] { return account }
        if accounts.count >= Self.accountsMax {
            let moment = now()
            accounts = accounts.filter {
                fill($0.value, at: moment)
                return !$0.value.isFull
            }
        }
        let account = Account()
        account.filledAt = now()
        accounts[key] = account
        return account
    }

    func account(of caller: Caller) -> Account {
        account(uid: caller.uid, isStranger: caller.role == .stranger)
    }

    // MARK: Asking

    /// Something has come to be looked at: now, or when it is its turn.
    func enter(_ taker: any TurnTaker) {
        guard !taker.isInLine else { return }
        let account = taker.account
        let begin = now()
        if isAlone(account, at: begin) {
            // Nobody loses anything by it, so nobody counts.
            _ = taker.work(until: nil)
            foreseen = 0
            return seen(account, at: now())
        }
        fill(account, at: begin)
        spend(costOfRead(account), of: account, at: begin)
        if !account.line.isEmpty || account.isHeavy {
            lineUp(taker)
        } else {
            let isDone = taker.work(until: begin + Self.shortTurn)
            spend(usedSinceMark(), of: account, at: now())
            if !isDone { lineUp(taker) }
        }
        plan()
    }

    /// A connection was accepted, which cannot wait for a turn: only then is known whose it is.
    func accepted(by account: Account) {
        let moment = now()
        guard !isAlone(account, at: moment) else { return seen(account, at: moment) }
        fill(account, at: moment)
        guard account.isHeavy else {
            spend(Self.acceptCost, of: account, at: moment)
            return
        }
        // Short turns show no calm where each is on another connection.
        account.calmTurns = 0
        account.taken += Self.acceptCost
        seen(account, at: moment)
    }

    /// What is being done begins a connection, most of which is done later. It counts now.
    func connectionOpens() { foreseen += Self.connectionCost }

    func isOver(_ moment: Moment) -> Bool { now() >= moment }

    /// Does something for a user that cannot wait, and writes it down.
    func measure<Result>(_ account: Account, _ work: () -> Result) -> Result {
        let begin = now()
        guard !isAlone(account, at: begin) else { return work() }
        fill(account, at: begin)
        _ = usedSinceMark()
        let result = work()
        spend(usedSinceMark(), of: account, at: now())
        return result
    }

    /// The journal was busy for heavy users, and the others waited for it.
    func committed(after time: Nanoseconds) {
        turnCost += time
        turnEnd = now()
    }

    /// Until when a user has to wait with whatever it wants; nothing: not at all.
    func rest(of account: Account) -> Moment? {
        let moment = now()
        guard account.isGreedy, !isAlone(account, at: moment) else { return nil }
        let begin = nextTurn(at: moment)
        return begin > moment ? min(begin, moment + Self.presence) : nil
    }

    // MARK: Accounts

    /// The processor's time since the last look at it.
    private func usedSinceMark() -> Nanoseconds {
        let time = used()
        defer { mark = time }
        return time - mark
    }

    /// What nobody's work was is the work of the kernel and of NIO for what has come now, and for
    /// connections that came and went. A light user is not burdened with that of others.
    private func costOfRead(_ account: Account) -> Nanoseconds {
        let cost = usedSinceMark()
        guard account.isHeavy else { return Self.readCost }
        account.readCost = max(Self.readCost, cost)
        return account.readCost
    }

    /// Adds what has come together since the last look.
    private func fill(_ account: Account, at moment: Moment) {
        let since = moment - account.filledAt
        account.filledAt = moment
        // What a heavy user gets in turns is not meant to make it light.
        if account.isHeavy, since < Self.absence || !account.line.isEmpty { return }
        account.allowance = min(Self.allowanceMax, account.allowance + since / Self.allowancePart)
        if account.allowance == Self.allowanceMax { lighten(account) }
    }

    private func lighten(_ account: Account) {
        account.isHeavy = false
        account.allowance = Self.allowanceMax
        account.calmTurns = 0
    }

    /// Returns what it is with what is foreseen.
    @discardableResult
    private func spend(_ used: Nanoseconds, of account: Account, at end: Moment) -> Nanoseconds {
        let begin = end - used
        let time = used + foreseen
        foreseen = 0
        account.allowance = max(account.allowance - time, -100 * Self.millisecond)
        if account.isHeavy {
            account.taken += time
        } else if account.allowance < 0 {
            account.isHeavy = true
            // Not greedy before its first turn: one slow step happens to everybody.
            account.calmTurns = 1
            account.taken = waiting.map(\.taken).min() ?? 0
        }
        if account.isGreedy {
            let isNewTurn = !isLightAbout(at: begin) || begin >= turnEnd + Self.rest(turnCost)
            turnCost = isNewTurn ? time : turnCost + time
            turnEnd = end
            heavyTime += time
        } else {
            lastLight = end - heavyTime
        }
        seen(account, at: end)
        return time
    }

    private func seen(_ account: Account, at moment: Moment) {
        if latest?.account !== account { other = latest }
        latest = (account, moment - heavyTime)
    }

    // MARK: Who is about

    private func isLightAbout(at moment: Moment) -> Bool {
        moment - heavyTime - lastLight < Self.presence
    }

    /// Whether nobody else was here of late.
    private func isAlone(_ account: Account, at moment: Moment) -> Bool {
        guard waiting.allSatisfy({ $0 === account }) else { return false }
        let last = latest?.account === account ? other : latest
        return last.map { moment - heavyTime - $0.at >= Self.absence } ?? true
    }

    /// When heavy users may go on.
    private func nextTurn(at moment: Moment) -> Moment {
        isLightAbout(at: moment) ? turnEnd + Self.rest(turnCost) : moment
    }

    /// A few times as long as a short turn, ten times as long as a long one.
    private static func rest(_ cost: Nanoseconds) -> Nanoseconds {
        cost * min(restFactorMax, restFactorMin + cost / shortTurn)
    }

    // MARK: The line

    private func lineUp(_ taker: any TurnTaker) {
        let account = taker.account
        taker.isInLine = true
        if account.line.isEmpty {
            // Time that nobody wanted is not owed to anybody.
            let least = waiting.map(\.taken).min() ?? 0
            account.taken = max(account.taken, least)
            waiting.append(account)
        }
        account.line.append(taker)
    }

    /// The modest first, then who has had the least.
    private var first: Account? {
        waiting.min { ($0.isGreedy ? 1 : 0, $0.taken) < ($1.isGreedy ? 1 : 0, $1.taken) }
    }

    private func plan() {
        guard let first else { return }
        let moment = now()
        let begin = first.isGreedy ? min(nextTurn(at: moment), moment + Self.presence) : moment
        if let plannedAt, plannedAt <= begin { return }
        plannedAt = begin
        if begin > moment {
            schedule(begin) { [weak self] in self?.plannedTurn() }
        } else {
            afterLook { [weak self] in self?.turn() }
        }
    }

    /// A rest is over, and the sockets may not have been looked at for as long.
    private func plannedTurn() {
        guard let at = plannedAt, at <= now() else { return }
        afterLook { [weak self] in self?.turn() }
    }

    /// One turn of one user.
    private func turn() {
        plannedAt = nil
        let begin = now()
        guard let account = first, !account.isGreedy || begin >= nextTurn(at: begin) else {
            return plan()
        }
        var left = isLightAbout(at: begin) ? Self.shortTurn : Self.longTurn
        // At most once for each: who is not done goes to the end of the line.
        for _ in 0..<account.line.count where left > 0 {
            let taker = account.line.removeFirst()
            taker.isInLine = false
            _ = usedSinceMark()
            let isDone = taker.work(until: now() + left)
            if isDone {
                taker.turnEnded()
            } else {
                taker.isInLine = true
                account.line.append(taker)
            }
            let cost = spend(usedSinceMark(), of: account, at: now())
            // What is read for it next costs as well.
            left -= cost + (isDone ? account.readCost : 0)
        }
        account.calmTurns = account.line.isEmpty && left > 0 ? account.calmTurns + 1 : 0
        if account.calmTurns >= Self.calmTurnsMin { lighten(account) }
        account.filledAt = now()
        if account.line.isEmpty { waiting.removeAll { $0 === account } }
        plan()
    }
}
