// Command load sends requests to the recipe API at a constant rate, checks every
// answer, and writes down what happened.
//
// It runs until its standard input ends. Every line that it reads there is a mark
// on the time axis, such as "deploy 1". In the directory --out it then leaves
//
//	load.json     the totals, every failure, and which versions answered when
//	requests.csv  every request: begin, latency, kind, connection, version, failure
//	load.png      latencies and versions over time
//
// A request has failed when it got no answer or another status than it should
// have. An answer is wrong when its content is not the one asked for. A request
// that Go's client sends a second time by itself counts as failed, since not every
// client does that. What was written is read back in the end.
//
// It exits with 0 when it could do its work, whatever the figures are: whoever
// started it judges.
package main
