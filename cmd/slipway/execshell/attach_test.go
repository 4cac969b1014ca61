package execshell_test

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/session-manager-plugin/src/log"
	"github.com/aws/session-manager-plugin/src/message"
	"github.com/gorilla/websocket"
	"github.com/twinj/uuid"

	"gitlab.com/slipway/slipway/cmd/slipway/execshell"
)

// attachVariable makes the test's own program attach to the session at its value.
const attachVariable = "EXECSHELL_ATTACH"

// A session ends the process that is attached to it, so tests attach one of their
// own.
func TestMain(m *testing.M) {
	url, attach := os.LookupEnv(attachVariable)
	if !attach {
		os.Exit(m.Run())
	}
	config := aws.Config{Region: "us-east-1", Credentials: credentials.NewStaticCredentialsProvider("AKID", "SECRET", "SESSION")}
	session := execshell.Session{ID: "ecs-execute-command-1", URL: url, Token: "the-token", Target: "ecs:staging-app_1_2"}
	if err := execshell.Attach(context.Background(), os.Stdin, config, session); err != nil {
		os.Stderr.WriteString(err.Error())
		os.Exit(70)
	}
	os.Exit(71)
}

// agent is the far end of a session: Session Manager and the agent in the task.
// It echoes what is typed and ends the session at "exit".
type agent struct {
	t          *testing.T
	connection *websocket.Conn
	sequence   int64
	acked      map[int64]bool

	authorization, token, handshake, typed string
	sizes                                  int
}

func (a *agent) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	a.authorization = r.Header.Get("Authorization")
	upgrader := websocket.Upgrader{}
	connection, err := upgrader.Upgrade(w, r, nil)
	if err != nil {
		a.t.Error(err)
		return
	}
	defer connection.Close()
	a.connection, a.acked = connection, map[int64]bool{}
	var open struct{ TokenValue string }
	if err := connection.ReadJSON(&open); err != nil {
		a.t.Error(err)
		return
	}
	a.token = open.TokenValue
	a.send(message.OutputStreamMessage, message.HandshakeRequestPayloadType, []byte(`{"AgentVersion": "3.3.0.0", "RequestedClientActions": [{"ActionType": "SessionType", "ActionParameters": {"SessionType": "Standard_Stream", "Properties": {}}}]}`))
	for {
		kind, raw, err := connection.ReadMessage()
		if err != nil {
			return
		}
		if kind == websocket.BinaryMessage && a.receive(raw) {
			return
		}
	}
}

// receive handles one message and reports whether the session is over.
func (a *agent) receive(raw []byte) bool {
	got := &message.ClientMessage{}
	if err := got.DeserializeClientMessage(log.NewMockLog(), raw); err != nil {
		a.t.Error(err)
		return true
	}
	if strings.TrimRight(got.MessageType, "\x00 ") != message.InputStreamMessage {
		return false
	}
	a.acknowledge(got)
	switch message.PayloadType(got.PayloadType) {
	case message.HandshakeResponsePayloadType:
		a.handshake = string(got.Payload)
		a.send(message.OutputStreamMessage, message.HandshakeCompletePayloadType, []byte(`{"HandshakeTimeToComplete": 1000000, "CustomerMessage": ""}`))
	case message.Size:
		if a.sizes++; a.sizes == 1 {
			a.send(message.OutputStreamMessage, message.Output, []byte("welcome\r\n"))
		}
	case message.Output:
		a.typed += string(got.Payload)
		a.send(message.OutputStreamMessage, message.Output, bytes.ToUpper(got.Payload))
		if strings.Contains(a.typed, "exit\n") {
			a.send(message.ChannelClosedMessage, message.Output, []byte(`{"MessageType": "channel_closed", "SessionId": "ecs-execute-command-1", "Output": ""}`))
			return true
		}
	}
	return false
}

func (a *agent) send(kind string, payload message.PayloadType, content []byte) {
	out := &message.ClientMessage{
		MessageType: kind, SchemaVersion: 1, CreatedDate: uint64(time.Now().UnixMilli()),
		SequenceNumber: a.sequence, MessageId: uuid.NewV4(), PayloadType: uint32(payload), Payload: content,
	}
	raw, err := out.SerializeClientMessage(log.NewMockLog())
	if err != nil {
		a.t.Error(err)
		return
	}
	if err := a.connection.WriteMessage(websocket.BinaryMessage, raw); err != nil {
		a.t.Error(err)
	}
	if kind == message.OutputStreamMessage {
		a.sequence++
	}
}

func (a *agent) acknowledge(got *message.ClientMessage) {
	content, err := json.Marshal(message.AcknowledgeContent{
		MessageType: message.InputStreamMessage, MessageId: got.MessageId.String(), SequenceNumber: got.SequenceNumber, IsSequentialMessage: true,
	})
	if err != nil {
		a.t.Error(err)
		return
	}
	out := &message.ClientMessage{
		MessageType: message.AcknowledgeMessage, SchemaVersion: 1, CreatedDate: uint64(time.Now().UnixMilli()), Flags: 3,
		MessageId: uuid.NewV4(), Payload: content,
	}
	raw, err := out.SerializeClientMessage(log.NewMockLog())
	if err != nil {
		a.t.Error(err)
		return
	}
	if err := a.connection.WriteMessage(websocket.BinaryMessage, raw); err != nil {
		a.t.Error(err)
	}
}

func attach(t *testing.T, url string) (*exec.Cmd, *bytes.Buffer) {
	t.Helper()
	command := exec.CommandContext(t.Context(), os.Args[0])
	command.Env = append(os.Environ(), attachVariable+"="+url, "AWS_PROFILE=", "HOME="+t.TempDir())
	var errors bytes.Buffer
	command.Stderr = &errors
	return command, &errors
}

// The whole way: handshake, output, input, end.
func TestTerminalTalksToTheTask(t *testing.T) {
	far := &agent{t: t}
	server := httptest.NewServer(far)
	defer server.Close()
	command, stderr := attach(t, "ws"+strings.TrimPrefix(server.URL, "http"))
	input, err := command.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	output, err := command.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := command.Start(); err != nil {
		t.Fatal(err)
	}
	var seen []string
	for lines := bufio.NewScanner(output); lines.Scan(); {
		line := strings.TrimRight(lines.Text(), "\r")
		seen = append(seen, line)
		switch line {
		case "welcome":
			_, err = input.Write([]byte("whoami\n"))
		case "WHOAMI":
			_, err = input.Write([]byte("exit\n"))
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := command.Wait(); err != nil {
		t.Errorf("the attached process ended with %v: %s", err, stderr)
	}
	if far.token != "the-token" || far.typed != "whoami\nexit\n" {
		t.Errorf("the agent got the token %q and %q", far.token, far.typed)
	}
	if !strings.Contains(far.authorization, "Credential=AKID/") {
		t.Errorf("the request was signed by %q", far.authorization)
	}
	if !strings.Contains(far.handshake, `"ActionStatus":1`) {
		t.Errorf("the handshake was answered by %s", far.handshake)
	}
	text := strings.Join(seen, "\n")
	for _, want := range []string{"Starting session with SessionId: ecs-execute-command-1", "welcome", "WHOAMI", "EXIT"} {
		if !strings.Contains(text, want) {
			t.Errorf("no %q in\n%s", want, text)
		}
	}
}

func TestSessionThatCannotBeginIsAnError(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(http.StatusForbidden)
	}))
	defer server.Close()
	command, stderr := attach(t, "ws"+strings.TrimPrefix(server.URL, "http"))
	err := command.Run()
	var exit *exec.ExitError
	if !errors.As(err, &exit) || exit.ExitCode() != 70 {
		t.Errorf("got %v", err)
	}
	if got := stderr.String(); !strings.HasPrefix(got, "the session broke off") || !strings.Contains(got, "bad handshake") {
		t.Errorf("got %q", got)
	}
}
