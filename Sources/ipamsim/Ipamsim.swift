@main enum Ipamsim { static func main() {} }
