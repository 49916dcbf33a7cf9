import SessionJournal

/// What the page "Maintaining a journal" shows.
func maintenanceExample(at path: String, backingUpTo folder: String) async throws -> [String] {
    var printed: [String] = []
    func print(_ values: Any...) {
        printed.append(values.map { "\($0)" }.joined(separator: " "))
    }

    let journal = try await Journal.create(at: path)
    let ada = journal.as("user:ada")
    let session = try await ada.createSession(key: "tea")
    try await ada.say("user", "Tea?", in: session)

    var plan = MaintenancePlan()
    plan.backup = MaintenancePlan.Backup(to: folder, keep: 7)
    plan.compaction = MaintenancePlan.Compaction(CompactionRule())
    plan.compaction?.age = .seconds(90 * 86_400)
    let report = try await journal.as("service:keeper").maintain(plan)
    for entry in report.entries { print(entry.name, entry.isWell) }

    var schedule = MaintenanceSchedule(plan)
    schedule.interval = .seconds(3_600)
    let task = journal.as("service:keeper").keepMaintaining(schedule)
    try await journal.close()
    await task.value
    return printed
}
