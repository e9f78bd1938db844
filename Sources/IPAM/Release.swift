/// Which release this is: the one place that says so. Both programs, their manual pages and the
/// Debian package take it from here.
package enum Release {
    package static let version = "0.1"
}
