// Command slipway is for people and pipelines: it prices the environments,
// guards their state, runs one-off commands and opens shells in them.
package main

import (
	"context"
	"os"
)

func main() {
	os.Exit(run(context.Background(), os.Args[1:], terminal{in: os.Stdin, out: os.Stdout, errs: os.Stderr}))
}
