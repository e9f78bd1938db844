import Glibc

/// What the figures of a run belong to.
enum MachineDescription {
    static var text: String {
        let processors = sysconf(Int32(_SC_NPROCESSORS_ONLN))
        let memory = (sysconf(Int32(_SC_PHYS_PAGES)) * sysconf(Int32(_SC_PAGESIZE))) >> 30
        return "\(processors) x \(processor), \(memory) GiB, Linux \(kernel), \(date)"
    }

    /// How many programs wanted to run in the last minute, on average.
    static var loadAverage: Double {
        let text = BenchFolder.text(of: "/proc/loadavg") ?? ""
        return text.split(separator: " ").first.flatMap { Double($0) } ?? 0
    }

    private static var processor: String {
        let lines = (BenchFolder.text(of: "/proc/cpuinfo") ?? "").split(separator: "\n")
        let name = lines.first { $0.hasPrefix("model name") }?.split(separator: ":").last
        return name.map { String($0.drop { $0 == " " }) } ?? "processor"
    }

    private static var kernel: String {
        (BenchFolder.text(of: "/proc/sys/kernel/osrelease") ?? "").filter { $0 != "\n" }
    }

    private static var date: String {
        var now = time(nil)
        var parts = tm()
        gmtime_r(&now, &parts)
        func two(_ number: Int32) -> String { (number < 10 ? "0" : "") + String(number) }
        return "\(parts.tm_year + 1900)-\(two(parts.tm_mon + 1))-\(two(parts.tm_mday))"
    }
}
