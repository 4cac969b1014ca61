package main

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"time"

	vegeta "github.com/tsenart/vegeta/v12/lib"
)

// pageSize is how many recipes a list request asks for.
const pageSize = 5

// outcome is one request with its answer.
type outcome struct {
	begin      time.Time
	latency    time.Duration
	kind       kind
	connection string
	version    string
	// failed is why there was no answer or one with a bad status, wrong why its
	// content is not the one asked for; both are empty for a good answer.
	failed, wrong string
}

// judge compares an answer with its question.
func judge(q question, connection string, r *vegeta.Result) outcome {
	o := outcome{begin: r.Timestamp, latency: r.Latency, kind: q.kind, connection: connection}
	want := http.StatusOK
	if q.kind == write || q.kind == slow {
		want = http.StatusCreated
	}
	switch {
	case r.Code == 0:
		o.failed = fmt.Sprintf("%s %s: %s", r.Method, r.URL, r.Error)
	case int(r.Code) != want:
		o.failed = fmt.Sprintf("%s %s answered %d, expected %d: %.200s", r.Method, r.URL, r.Code, want, r.Body)
	default:
		if o.version, o.wrong = q.check(r.Body); o.wrong != "" {
			o.wrong = fmt.Sprintf("%s %s: %s: %.200s", r.Method, r.URL, o.wrong, r.Body)
		}
	}
	return o
}

// check returns what is wrong with a body, and the version that it names.
func (q question) check(body []byte) (named, wrong string) {
	switch q.kind {
	case version:
		var answer struct{ Version string }
		if err := json.Unmarshal(body, &answer); err != nil {
			return "", err.Error()
		}
		if answer.Version == "" {
			return "", "it names no version"
		}
		return answer.Version, ""
	case list:
		var answer struct{ Results []recipe }
		if err := json.Unmarshal(body, &answer); err != nil {
			return "", err.Error()
		}
		if len(answer.Results) != pageSize {
			return "", fmt.Sprintf("the page has %d recipes, not %d", len(answer.Results), pageSize)
		}
		for _, r := range answer.Results {
			if !strings.HasPrefix(r.Title, q.user.name+", ") {
				return "", fmt.Sprintf("recipe %d is somebody else's", r.ID)
			}
		}
		return "", ""
	}
	var answer recipe
	if err := json.Unmarshal(body, &answer); err != nil {
		return "", err.Error()
	}
	if answer.Title != q.title {
		return "", fmt.Sprintf("its title is %q, not %q", answer.Title, q.title)
	}
	if q.kind == detail {
		if answer.ID != q.id {
			return "", fmt.Sprintf("its identifier is %d, not %d", answer.ID, q.id)
		}
		return "", ""
	}
	return "", q.user.wrote(answer)
}
