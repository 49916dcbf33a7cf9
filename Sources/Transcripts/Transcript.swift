// Readers and writers of session formats.
