package main

import (
	"errors"
	"flag"
	"fmt"
	"net/url"
	"time"
)

// options are what a run is told.
type options struct {
	url     *url.URL
	connect string
	ca      string
	out     string
	// Requests a second in all, those of them that open a connection of their own,
	// and those that take slowSeconds.
	rate, fresh, slow int
	// Instead of a constant rate: so many requests at once, every so often.
	burst int
	every time.Duration
	users int
}

func parseOptions(args []string) (*options, error) {
	o, raw := &options{}, ""
	flags := flag.NewFlagSet("load", flag.ContinueOnError)
	flags.StringVar(&raw, "url", "", "the API, such as https://recipes.example.com; required")
	flags.StringVar(&o.connect, "connect", "", "connect to this HOST:PORT instead of the URL's")
	flags.StringVar(&o.ca, "ca", "", "file with the certificate authority to trust instead of the machine's")
	flags.StringVar(&o.out, "out", "", "directory for the results; required")
	flags.IntVar(&o.rate, "rate", 310, "requests a second in all")
	flags.IntVar(&o.fresh, "fresh", 60, "of these, requests that open a connection of their own")
	flags.IntVar(&o.slow, "slow", 2, "of these, requests that take 2 seconds, alternately on kept and fresh connections")
	flags.IntVar(&o.burst, "burst", 0, "send so many requests at once, over kept connections, instead of a constant rate")
	flags.DurationVar(&o.every, "every", 2*time.Second, "the time between two bursts")
	flags.IntVar(&o.users, "users", 6, "users to register: the API limits how much one may ask")
	if err := flags.Parse(args); err != nil {
		return nil, err
	}
	var problems []error
	var err error
	if o.url, err = url.Parse(raw); err != nil || o.url.Host == "" || (o.url.Scheme != "http" && o.url.Scheme != "https") {
		problems = append(problems, fmt.Errorf("--url %q must be an address such as https://recipes.example.com", raw))
	}
	if o.out == "" {
		problems = append(problems, errors.New("--out is missing: name a directory for the results"))
	}
	if o.rate < 1 || o.fresh < 0 || o.slow < 0 || o.rate < o.fresh+o.slow {
		problems = append(problems, fmt.Errorf("--rate %d must be positive and hold --fresh %d and --slow %d", o.rate, o.fresh, o.slow))
	}
	if o.burst < 0 || o.every <= 0 {
		problems = append(problems, fmt.Errorf("--burst %d must not be negative, and --every %s must be positive", o.burst, o.every))
	}
	if o.users < 1 {
		problems = append(problems, fmt.Errorf("--users %d must be 1 or more", o.users))
	}
	return o, errors.Join(problems...)
}

// String says what a run sends.
func (o *options) String() string {
	if o.burst > 0 {
		return fmt.Sprintf("%d requests at once every %s over kept connections, as %d users", o.burst, o.every, o.users)
	}
	return fmt.Sprintf("%d requests/s as %d users: %d/s over kept connections, %d/s over fresh ones, %d/s slow ones; %s",
		o.rate, o.users, o.rate-o.fresh-o.slow, o.fresh, o.slow, mix)
}
