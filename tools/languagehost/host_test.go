package main

import (
	"bytes"
	"context"
	"io"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/types/known/structpb"
)

// patience is how long a test waits for what has to happen.
const patience = 2 * time.Minute

func TestRunReportsHowTheProgramEnds(t *testing.T) {
	tests := []struct {
		name, body string
		want       *pulumirpc.RunResponse
	}{
		{"success", `fmt.Print("done")`, &pulumirpc.RunResponse{}},
		{"error that the engine has shown already", `os.Exit(32)`, &pulumirpc.RunResponse{Bail: true}},
		{"other failure", `os.Exit(3)`, &pulumirpc.RunResponse{Error: "program exited with non-zero exit code: 3"}},
		{"panic", `panic("oh")`, &pulumirpc.RunResponse{Error: "program exited with non-zero exit code: 2"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			h, _, _ := newTestHost(t)
			got, err := h.Run(t.Context(), request(writeProgram(t, tt.body)))
			if err != nil {
				t.Fatal(err)
			}
			if got.GetError() != tt.want.GetError() || got.GetBail() != tt.want.GetBail() {
				t.Errorf("got %v, want %v", got, tt.want)
			}
		})
	}
}

func TestRunRefusesAnythingButTheLocalAWS(t *testing.T) {
	h, stdout, _ := newTestHost(t)
	r := request(writeProgram(t, `fmt.Print("ran")`))
	for _, endpoint := range []string{"", "https://ecs.us-east-1.amazonaws.com"} {
		t.Setenv("AWS_ENDPOINT_URL", endpoint)
		_, err := h.Run(t.Context(), r)
		if err == nil || !strings.Contains(err.Error(), "AWS_ENDPOINT_URL") || !strings.Contains(err.Error(), "official") {
			t.Errorf("AWS_ENDPOINT_URL=%q: got error %v, want a refusal that says what to use", endpoint, err)
		}
	}
	if stdout.String() != "" {
		t.Error("the program ran")
	}
}

func TestRunTellsTheProgramAboutItsStack(t *testing.T) {
	h, stdout, stderr := newTestHost(t)
	r := request(writeProgram(t, `for _, n := range []string{"ORGANIZATION", "PROJECT", "STACK", "DRY_RUN", "PARALLEL", "MONITOR", "ENGINE", "CONFIG", "CONFIG_SECRET_KEYS"} {
		fmt.Println(n, os.Getenv("PULUMI_"+n))
	}
	fmt.Println(len(os.Args), os.Args[1:])
	fmt.Fprint(os.Stderr, "complaint")`))
	r.Organization, r.Project, r.Stack, r.DryRun, r.Parallel, r.MonitorAddress = "org", "shop", "staging", true, 7, "127.0.0.1:1"
	r.Config, r.ConfigSecretKeys, r.Args = map[string]string{"shop:size": "2"}, []string{"shop:key"}, []string{"extra"}
	if _, err := h.Run(t.Context(), r); err != nil {
		t.Fatal(err)
	}
	want := `ORGANIZATION org
PROJECT shop
STACK staging
DRY_RUN true
PARALLEL 7
MONITOR 127.0.0.1:1
ENGINE engine
CONFIG {"shop:size":"2"}
CONFIG_SECRET_KEYS ["shop:key"]
2 [extra]
`
	if got := stdout.String(); got != want {
		t.Errorf("the program saw\n%s\nwant\n%s", got, want)
	}
	if got := stderr.String(); got != "complaint" {
		t.Errorf("the user saw %q on stderr, want what the program printed", got)
	}
}

func TestRunShowsCompilerErrorsInFull(t *testing.T) {
	h, _, _ := newTestHost(t)
	dir := writeProgram(t, `undefined1(); undefined2()`)
	got, err := h.Run(t.Context(), request(dir))
	if err != nil {
		t.Fatal(err)
	}
	for _, part := range []string{"does not compile", dir, "undefined: undefined1", "undefined: undefined2", "go build"} {
		if !strings.Contains(got.GetError(), part) {
			t.Errorf("the error lacks %q:\n%s", part, got.GetError())
		}
	}
}

func TestRunExplainsWhatIsMissing(t *testing.T) {
	h, _, _ := newTestHost(t)
	got, err := h.Run(t.Context(), request(t.TempDir()))
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(got.GetError(), "no Go file") {
		t.Errorf("got error %q, want one about the missing Go files", got.GetError())
	}

	r := request(writeProgram(t, ``))
	r.Info.Options = runtimeOptions(t, map[string]any{"binary": "no-such-program"})
	if _, err := h.Run(t.Context(), r); err == nil || !strings.Contains(err.Error(), "runtime.options.binary") {
		t.Errorf("got error %v, want one that names the option", err)
	}

	h.engine = ""
	if _, err := h.Run(t.Context(), request(t.TempDir())); status.Code(err) != codes.FailedPrecondition {
		t.Errorf("got error %v, want FailedPrecondition without the engine's address", err)
	}
}

func TestRunUsesAPrebuiltProgram(t *testing.T) {
	h, stdout, _ := newTestHost(t)
	dir := writeProgram(t, `fmt.Print("prebuilt")`)
	if err := compile(t.Context(), dir, filepath.Join(dir, "bin", "program"), io.Discard); err != nil {
		t.Fatal(err)
	}
	r := request(dir)
	r.Info.Options = runtimeOptions(t, map[string]any{"binary": "bin/program"})
	if _, err := h.Run(t.Context(), r); err != nil || stdout.String() != "prebuilt" {
		t.Errorf("got error %v and output %q, want the prebuilt program's output", err, stdout.String())
	}
}

func TestRunCompilesWhatChanged(t *testing.T) {
	h, stdout, _ := newTestHost(t)
	dir := writeProgram(t, `fmt.Print("first ")`)
	for _, body := range []string{`fmt.Print("first ")`, `fmt.Print("second ")`} {
		writeMain(t, dir, body)
		if got, err := h.Run(t.Context(), request(dir)); err != nil || got.GetError() != "" {
			t.Fatalf("got %v, %v", got, err)
		}
	}
	if got, want := stdout.String(), "first second "; got != want {
		t.Errorf("the programs printed %q, want %q", got, want)
	}
}

func TestRunsOfOneProgramAtOnce(t *testing.T) {
	h, stdout, _ := newTestHost(t)
	dir := writeProgram(t, `fmt.Print("x")`)
	const runs = 5
	var group sync.WaitGroup
	for range runs {
		group.Go(func() {
			if got, err := h.Run(t.Context(), request(dir)); err != nil || got.GetError() != "" {
				t.Errorf("got %v, %v", got, err)
			}
		})
	}
	group.Wait()
	if got, want := stdout.String(), strings.Repeat("x", runs); got != want {
		t.Errorf("the programs printed %q, want %q", got, want)
	}
}

func TestCancelEndsTheProgram(t *testing.T) {
	h, stdout, _ := newTestHost(t)
	ended := make(chan error, 1)
	r := request(writeProgram(t, `c := make(chan os.Signal, 1)
	signal.Notify(c, os.Interrupt)
	fmt.Print("ready")
	<-c
	fmt.Print(" interrupted")
	os.Exit(1)`, "os/signal"))
	go func() {
		_, err := h.Run(context.Background(), r)
		ended <- err
	}()
	stdout.waitFor(t, "ready")
	if _, err := h.Cancel(t.Context(), nil); err != nil {
		t.Fatal(err)
	}
	select {
	case err := <-ended:
		if status.Code(err) != codes.Canceled {
			t.Errorf("got error %v, want Canceled", err)
		}
	case <-time.After(patience):
		t.Fatal("the program still runs")
	}
	if got, want := stdout.String(), "ready interrupted"; got != want {
		t.Errorf("the program printed %q, want %q", got, want)
	}
}

// newTestHost returns a host whose program output is collected.
func newTestHost(t *testing.T) (h *host, stdout, stderr *output) {
	t.Helper()
	t.Setenv("SLIPWAY_CACHE", t.TempDir())
	t.Setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:4566")
	ctx, cancel := context.WithCancel(context.Background())
	t.Cleanup(cancel)
	h = newHost(ctx, cancel, "engine")
	stdout, stderr = newOutput(), newOutput()
	h.stdout, h.stderr = stdout, stderr
	return h, stdout, stderr
}

func request(dir string) *pulumirpc.RunRequest {
	return &pulumirpc.RunRequest{Pwd: dir, Info: &pulumirpc.ProgramInfo{RootDirectory: dir, ProgramDirectory: dir, EntryPoint: "."}}
}

func runtimeOptions(t *testing.T, values map[string]any) *structpb.Struct {
	t.Helper()
	s, err := structpb.NewStruct(values)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// writeProgram makes a module whose main function has the given body.
func writeProgram(t *testing.T, body string, imports ...string) string {
	t.Helper()
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "go.mod"), []byte("module program\n\ngo 1.26\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	writeMain(t, dir, body, imports...)
	return dir
}

func writeMain(t *testing.T, dir, body string, imports ...string) {
	t.Helper()
	source := "package main\n\nimport (\n\t\"fmt\"\n\t\"os\"\n"
	for _, i := range imports {
		source += "\t\"" + i + "\"\n"
	}
	source += ")\n\nvar _, _ = fmt.Print, os.Exit\n\nfunc main() {\n\t" + body + "\n}\n"
	if err := os.WriteFile(filepath.Join(dir, "main.go"), []byte(source), 0o644); err != nil {
		t.Fatal(err)
	}
}

// output is a buffer that several goroutines may use.
type output struct {
	mu      sync.Mutex
	changed *sync.Cond
	buffer  bytes.Buffer
}

func newOutput() *output {
	o := &output{}
	o.changed = sync.NewCond(&o.mu)
	return o
}

func (o *output) Write(b []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	defer o.changed.Broadcast()
	return o.buffer.Write(b)
}

func (o *output) String() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.buffer.String()
}

func (o *output) waitFor(t *testing.T, text string) {
	t.Helper()
	deadline := time.Now().Add(patience)
	wake := time.AfterFunc(patience, o.changed.Broadcast)
	defer wake.Stop()
	o.mu.Lock()
	defer o.mu.Unlock()
	for !strings.Contains(o.buffer.String(), text) {
		if !time.Now().Before(deadline) {
			t.Fatalf("the program printed %q, want %q", o.buffer.String(), text)
		}
		o.changed.Wait()
	}
}
