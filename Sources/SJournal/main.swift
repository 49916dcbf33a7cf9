print("sjournal")
