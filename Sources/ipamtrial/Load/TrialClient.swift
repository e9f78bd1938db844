/// A client that asks until its gate says that it is over, and writes down what it was told.
protocol TrialClient: Sendable {
    /// What it was told that it must not be told.
    var findings: [Finding] { get }

    func start()

    /// Waits for its end.
    func join()
}
