package engine

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/docker/docker/pkg/jsonmessage"
	controlapi "github.com/moby/buildkit/api/services/control"
	"google.golang.org/protobuf/proto"
)

// tailLines is how much of a failing step's output an error shows.
const tailLines = 20

// traceID marks the messages in which the engine wraps BuildKit's progress.
const traceID = "moby.buildkit.trace"

// follow reads a build's progress to its end and returns the image's id.
func follow(stream io.Reader, progress Progress) (string, error) {
	var (
		id    string
		trace = newTrace(progress)
	)
	for decoder := json.NewDecoder(stream); ; {
		var message jsonmessage.JSONMessage
		if err := decoder.Decode(&message); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			return "", fmt.Errorf("read the engine's progress: %w", err)
		}
		switch {
		case message.Error != nil:
			return "", trace.failure(message.Error)
		case message.ID == traceID && message.Aux != nil:
			if err := trace.add(*message.Aux); err != nil {
				return "", err
			}
		case message.Aux != nil:
			var result struct{ ID string }
			if err := json.Unmarshal(*message.Aux, &result); err == nil && result.ID != "" {
				id = result.ID
			}
		case message.Stream != "":
			trace.classic(message.Stream)
		case message.Status != "":
			progress.Output(status(message))
		}
	}
	if id == "" {
		return "", ErrNoImage
	}
	return id, nil
}

func status(message jsonmessage.JSONMessage) string {
	if message.ID == "" {
		return message.Status
	}
	return message.ID + ": " + message.Status
}

// trace turns either builder's messages into progress and remembers each
// step's last lines for the error.
type trace struct {
	progress Progress
	steps    map[string]*step
	failed   *step
	current  *step // of the classic builder, which runs one step at a time
}

type step struct {
	name string
	tail []string
	rest string // an unfinished line
}

func newTrace(progress Progress) *trace {
	return &trace{progress: progress, steps: map[string]*step{}, current: &step{}}
}

func (t *trace) add(aux json.RawMessage) error {
	var raw []byte
	if err := json.Unmarshal(aux, &raw); err != nil {
		return fmt.Errorf("read BuildKit's progress: %w", err)
	}
	var update controlapi.StatusResponse
	if err := proto.Unmarshal(raw, &update); err != nil {
		return fmt.Errorf("read BuildKit's progress: %w", err)
	}
	for _, vertex := range update.Vertexes {
		s, seen := t.steps[vertex.Digest]
		if !seen {
			s = &step{name: vertex.Name}
			t.steps[vertex.Digest] = s
		}
		if vertex.Started != nil && vertex.Completed == nil && !quiet(vertex.Name) {
			t.progress.Step(vertex.Name)
		}
		if vertex.Error != "" && !strings.Contains(vertex.Error, "context canceled") {
			t.failed = s
		}
	}
	for _, log := range update.Logs {
		if s, ok := t.steps[log.Vertex]; ok {
			s.write(string(log.Msg), t.progress)
		}
	}
	return nil
}

// quiet are bookkeeping steps of a few milliseconds.
func quiet(name string) bool {
	return strings.HasPrefix(name, "[internal]") || strings.HasPrefix(name, "[auth]")
}

func (t *trace) classic(text string) {
	if name, ok := strings.CutPrefix(text, "Step "); ok {
		t.current = &step{name: strings.TrimSpace(name)}
		t.progress.Step("Step " + t.current.name)
		return
	}
	t.current.write(text, t.progress)
}

func (s *step) write(text string, progress Progress) {
	lines := strings.Split(s.rest+text, "\n")
	s.rest = lines[len(lines)-1]
	for _, line := range lines[:len(lines)-1] {
		// Progress bars redraw one line with carriage returns: keep its last state.
		line = strings.TrimRight(line, "\r")
		line = line[strings.LastIndex(line, "\r")+1:]
		if strings.TrimSpace(line) == "" {
			continue
		}
		s.tail = append(s.tail, line)
		if len(s.tail) > tailLines {
			s.tail = s.tail[1:]
		}
		progress.Output(line)
	}
}

// failure names the step that failed and shows the end of its output.
func (t *trace) failure(err *jsonmessage.JSONError) error {
	s := t.failed
	if s == nil {
		s = t.current
	}
	if s.rest != "" {
		s.tail = append(s.tail, s.rest)
	}
	if s.name == "" {
		return err
	}
	message := fmt.Sprintf("step %s", s.name)
	if len(s.tail) > 0 {
		message += fmt.Sprintf("\nlast lines of its output:\n  %s\n", strings.Join(s.tail, "\n  "))
		return fmt.Errorf("%s%w", message, err)
	}
	return fmt.Errorf("%s: %w", message, err)
}
