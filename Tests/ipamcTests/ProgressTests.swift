import Testing

@testable import ipamc

@Suite struct `The progress of long work` {
    @Test func `is a bar with a share, the numbers and the time, as wide as there is room`() {
        #expect(
            Progress.line("importing", 500, of: 1000, seconds: 3, width: 80)
                == "importing [################················] 50% 500 of 1000, 3s, 3s left")
        #expect(
            Progress.line("copying", 3, of: 4, unit: " MiB", seconds: 9, width: 60)
                == "copying [###############······] 75% 3 of 4 MiB, 9s, 3s left")
        #expect(
            Progress.line("importing", 500, of: 1000, seconds: 3, width: 30)
                == "importing 50% 500 of 1000, 3s")
        #expect(
            Progress.line("listing", 7000, of: nil, seconds: 2, width: 80) == "listing 7000, 2s")
    }

    @Test(arguments: [1, 2, 10, 20, 40, 80, 200])
    func `never fills the last column, where a terminal would begin a new line`(width: Int) {
        for done in [0, 1, 999, 1000, 2000] {
            let bar = Progress.line("importing", done, of: 1000, seconds: 77, width: width)
            #expect(bar.count < width)
            let line = LiveLine.line(
                "waiting for a /26 of tier=public", seconds: done, most: .seconds(30),
                width: width)
            #expect(line.count < width)
        }
    }

    @Test func `of a wait says what for, and how long of how long`() {
        #expect(
            LiveLine.line("waiting for a /26", seconds: 12, most: .seconds(30), width: 80)
                == "waiting for a /26: 12s of 30s")
        #expect(
            LiveLine.line("waiting for a /26", seconds: 12, most: .seconds(30), width: 25)
                == "waiting for…: 12s of 30s")
    }

    @Test(arguments: [
        (RequestTerms(length: 26, selector: "tier=public"), "a /26 of tier=public"),
        (RequestTerms(prefix: "10.0.0.0/26", parent: "root"), "10.0.0.0/26 in root"),
        (RequestTerms(addresses: 9, anyParent: true), "9 addresses"),
        (RequestTerms(anyParent: true), "a prefix"),
    ])
    func `says what a request wishes`(terms: RequestTerms, wish: String) {
        #expect(terms.wish == wish)
    }
}
