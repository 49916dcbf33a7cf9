extension FileSystem {
    /// Makes a file appear whole or not at all: written aside under its name and
    /// ``SegmentName/asideSuffix``, synced, renamed over what stands at `target`. What an earlier
    /// attempt left aside is removed. The name is durable once the caller has synced the directory.
    package func place(
        at target: String, _ write: (any File) throws(Errno) -> Void
    ) throws(Errno) {
        let aside = target + SegmentName.asideSuffix
        if try status(of: aside) != nil { try remove(aside) }
        let file = try open(aside, .create)
        try write(file)
        try file.sync()
        try rename(aside, to: target)
    }

    /// The same for bytes that are at hand.
    package func place(_ bytes: [UInt8], at target: String) throws(Errno) {
        try place(at: target) { file throws(Errno) in try file.write(bytes.span, at: 0) }
    }
}
