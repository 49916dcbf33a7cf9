extension SessionState {
    /// The memory that the state takes besides its own fields, in bytes, estimated: the lines that it
    /// keeps, to the byte, and for everything else what it takes on average. Nothing is read from the
    /// journal for it.
    ///
    /// Cost: a look at each message in memory.
    var estimatedBytes: Int {
        var bytes = 0
        tree.messages.table.forEachInMemory { bytes += $0.estimatedBytes }
        bytes += tree.messages.count * Self.bytesPerName
        bytes += tree.toolRuns.count * (MemoryLayout<ToolRun>.stride + Self.bytesPerName)
        bytes += tree.merges.count * (MemoryLayout<Merge>.stride + Self.bytesPerName)
        bytes += tree.allBranches.count * (MemoryLayout<Branch>.stride + Self.bytesPerName)
        bytes += fieldLogs.entryCount * (MemoryLayout<FieldLogs.Entry>.stride + Self.bytesPerName)
        // As values in memory, and in a dictionary, metadata takes several times its text.
        bytes += 4 * metadata().description.utf8.count
        return bytes
    }

    /// A name in memory, and its place in an index.
    private static let bytesPerName = 96
}

extension Message {
    /// Its fields, and the lines that it keeps.
    fileprivate var estimatedBytes: Int {
        events.reduce(MemoryLayout<Message>.stride) { sum, event in
            sum + event.line.count + Self.bytesPerArray + MemoryLayout<Event>.stride
        }
    }

    /// What stands before the elements of an array, and what the allocator adds.
    private static let bytesPerArray = 48
}
