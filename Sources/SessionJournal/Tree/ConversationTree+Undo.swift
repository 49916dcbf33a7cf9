extension ConversationTree {
    /// What a branch knows of the others, where a rewind undoes a merge or undoes that.
    ///
    /// A merge that is undone has taught its branch nothing: what it brought may be merged again. So
    /// the head that it left is none that the branch was taken back from, and this returns true.
    mutating func relearn(
        _ place: Int, _ reader: DataReader, to head: MessageReference?, by event: Event
    ) -> Bool {
        guard reader.integer("undoes") != nil else { return false }
        if let merge = head.flatMap({ mergePlace(of: $0) }) {
            // The merge holds again.
            let then = knowledge[place].values(at: mergeTable[merge].sequence)
            for (branch, sequence) in then where sequence > knowledge[place][branch] ?? 0 {
                knowledge[place].set(branch, to: sequence, at: event.sequence)
            }
        }
        guard let merge = allBranches[place].head.flatMap({ mergePlace(of: $0) }),
            mergeTable[merge].targetHead == head, mergeTable[merge].sequence > 0
        else { return false }
        let before = knowledge[place].values(at: mergeTable[merge].sequence - 1)
        for (branch, sequence) in knowledge[place].current where before[branch] != sequence {
            knowledge[place].set(branch, to: before[branch] ?? 0, at: event.sequence)
        }
        return true
    }
}
