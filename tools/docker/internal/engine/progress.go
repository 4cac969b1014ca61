package engine

// Progress receives what the user should see while an image builds or moves.
// It is called from one goroutine at a time.
type Progress interface {
	// Step announces the start of a step that may take long.
	Step(message string)
	// Output is a line of a running step, to be shown at leisure.
	Output(line string)
	// Warn reports something that the user should read afterwards, too.
	Warn(message string)
}
