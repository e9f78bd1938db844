import Foundation
import Testing

/// The documentation of the client libraries, as `make docs` makes it.
struct DocumentationTests {
    @Test func `every link leads to a symbol, and every public type has a word about it`() throws {
        let folder = try Folder()
        let outcome = try Machine.run(".ci/docs", Machine.programs, folder.path)
        #expect(outcome.status == 0, "\(outcome.text)")
        let pages = "ipamd.doccarchive/data/documentation/"
        let tutorial = try folder.text(of: pages + "ipamd/tutorial.json")
        #expect(tutorial.contains("From the first connection to a service"))
        let files = try folder.files
        for page in ["libraries", "ipamclient", "ipamclientnio", "ipam", "ipamclient/client"] {
            #expect(files.contains("\(pages)\(page).json"), "\(page)")
        }
    }
}
