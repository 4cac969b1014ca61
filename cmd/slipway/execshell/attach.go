package execshell

import (
	"context"
	"fmt"
	"io"
	"os"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/session-manager-plugin/src/sdkutil"
	plugin "github.com/aws/session-manager-plugin/src/sessionmanagerplugin/session"
	_ "github.com/aws/session-manager-plugin/src/sessionmanagerplugin/session/shellsession" // registers the kind of session that a shell is
	"github.com/google/uuid"
	"golang.org/x/term"

	"gitlab.com/slipway/slipway/internal/problem"
)

// CheckTerminal refuses input and output that are no terminal.
func CheckTerminal(in *os.File, out io.Writer) error {
	if file, is := out.(*os.File); is && term.IsTerminal(int(in.Fd())) && term.IsTerminal(int(file.Fd())) {
		return nil
	}
	return &problem.Problem{What: "a shell needs a terminal for its input and output", Todo: "to run one command without a terminal, use slipway manage"}
}

// Attach gives the process's terminal to a session. It is the last thing that a
// process does: the plugin ends the process with exit code 0 when the session
// ends, and comes back only when there was none.
func Attach(ctx context.Context, terminal *os.File, config aws.Config, session Session) error {
	if err := lendCredentials(ctx, config); err != nil {
		return err
	}
	sdkutil.SetRegionAndProfile(config.Region, "")
	if state, err := term.GetState(int(terminal.Fd())); err == nil {
		// The process ends here: a terminal that can't be set back has nobody to be told.
		defer func() { _ = term.Restore(int(terminal.Fd()), state) }()
	}
	line := newLine()
	attached := &plugin.Session{
		SessionId: session.ID, StreamUrl: session.URL, TokenValue: session.Token, TargetId: session.Target,
		ClientId: uuid.NewString(), Region: config.Region, DataChannel: line,
	}
	ended := make(chan error, 1)
	go func() { ended <- attached.Execute(quiet{}) }()
	began, late := line.began, time.After(beginsWithin)
	for {
		select {
		case <-began:
			began, late = nil, nil
		case <-late:
			return brokenOff(fmt.Errorf("Session Manager did not answer within %s", beginsWithin))
		case err := <-line.failed:
			return brokenOff(err)
		case err := <-ended:
			return brokenOff(err)
		}
	}
}

// beginsWithin is how long the agent may take to answer.
const beginsWithin = time.Minute

func brokenOff(cause error) error {
	return &problem.Problem{What: "the session broke off", Todo: "try again", Cause: cause}
}

// lendCredentials puts the credentials where the plugin looks first: it has an
// SDK of its own, which does not know every way to log in.
func lendCredentials(ctx context.Context, config aws.Config) error {
	credentials, err := config.Credentials.Retrieve(ctx)
	if err != nil {
		return &problem.Problem{What: "no AWS credentials", Todo: "log in to AWS", Cause: err}
	}
	for name, value := range map[string]string{
		"AWS_ACCESS_KEY_ID":     credentials.AccessKeyID,
		"AWS_SECRET_ACCESS_KEY": credentials.SecretAccessKey,
		"AWS_SESSION_TOKEN":     credentials.SessionToken,
	} {
		set := os.Setenv
		if value == "" {
			set = func(name, _ string) error { return os.Unsetenv(name) }
		}
		if err := set(name, value); err != nil {
			return fmt.Errorf("pass credentials on: %w", err)
		}
	}
	return nil
}
