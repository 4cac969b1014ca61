package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/mail"
	"os"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"
	"github.com/aws/aws-sdk-go-v2/service/ecs"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager"
	"github.com/google/uuid"
	"github.com/spf13/cobra"
	"golang.org/x/term"

	"gitlab.com/slipway/slipway/internal/oneoff"
	"gitlab.com/slipway/slipway/internal/problem"
)

// secretDeleteTimeout bounds the deletion of the secret, which is waited for
// whatever happens here.
const secretDeleteTimeout = 30 * time.Second

// superuserCommand makes the first administrator of an environment.
func superuserCommand(t terminal) *cobra.Command {
	var flags stackFlags
	var args oneoff.Args
	var subnets, secret, email string
	command := &cobra.Command{
		Use:   "createsuperuser --stack STACK --outputs FILE --email ADDRESS",
		Short: "Create an administrator of the app, or set its password",
		Long: `Creates an administrator of the app, or makes an existing user one and sets its
password. It asks for the password twice, without showing it; where there is no
terminal it reads it from the first line of its input.

The password goes into a secret of its own in Secrets Manager, which a task of the
app reads and which is deleted when the task has ended. It is never in an
argument, a variable, a log or the state.`,
		Example: `  slipway createsuperuser --stack staging --outputs outputs.json --email ann@example.com`,
		Args:    cobra.NoArgs,
		RunE: func(command *cobra.Command, _ []string) error {
			ctx, stop := interruptible(command.Context())
			defer stop()
			if address, err := mail.ParseAddress(email); err != nil || address.Address != email {
				return failed(&problem.Problem{What: fmt.Sprintf("%q is not an address such as ann@example.com", email), Todo: "name the administrator with --email"})
			}
			if err := flags.resolve(command.Flags(), t.in); err != nil {
				return failed(err)
			}
			configuration, err := flags.aws(ctx)
			if err != nil {
				return failed(err)
			}
			password, err := readPassword(t.in, t.errs)
			if err != nil {
				return failed(err)
			}
			args.Subnets = strings.Split(subnets, ",")
			secrets := secretsmanager.NewFromConfig(configuration)
			arn, err := lend(ctx, secrets, secret, email, password)
			if err != nil {
				return failed(err)
			}
			args.Command = []string{"python", "manage.py", "create_superuser", "--secret", arn}
			runner := oneoff.New(ecs.NewFromConfig(configuration), cloudwatchlogs.NewFromConfig(configuration), t.out, t.errs)
			code, err := runner.Run(ctx, args)
			// Deleted last: a task that still runs may not have read it yet.
			if err := errors.Join(err, takeBack(ctx, secrets, arn)); err != nil {
				return err
			}
			if code != 0 {
				return problem.Exit(code)
			}
			return nil
		},
	}
	flags.register(command, append(taskSettings(&args, &subnets), setting{
		flag: "secret", variable: "SLIPWAY_SUPERUSER_SECRET", output: "superuserSecret", about: "begin of the secret's name", into: &secret,
	})...)
	command.Flags().StringVar(&email, "email", "", "address that the administrator signs in with (required)")
	cobra.CheckErr(command.MarkFlagRequired("email"))
	return command
}

// readPassword asks for a password twice, or takes the first line of an input
// that is no terminal.
func readPassword(in *os.File, out io.Writer) (string, error) {
	none := &problem.Problem{What: "no password was given", Todo: "type one, or pass it on the first line of the input"}
	if !term.IsTerminal(int(in.Fd())) {
		line, err := bufio.NewReader(in).ReadString('\n')
		if err != nil && !errors.Is(err, io.EOF) {
			return "", fmt.Errorf("read the password: %w", err)
		}
		if line = strings.TrimRight(line, "\r\n"); line == "" {
			return "", none
		}
		return line, nil
	}
	var typed [2]string
	for i, prompt := range []string{"Password: ", "Password again: "} {
		fmt.Fprint(out, prompt)
		text, err := term.ReadPassword(int(in.Fd()))
		fmt.Fprintln(out)
		if err != nil {
			return "", fmt.Errorf("read the password: %w", err)
		}
		typed[i] = string(text)
	}
	switch {
	case typed[0] == "":
		return "", none
	case typed[0] != typed[1]:
		return "", &problem.Problem{What: "the two passwords differ", Todo: "try again"}
	}
	return typed[0], nil
}

// lend puts the credentials into a new secret, whose name the app's tasks may read.
func lend(ctx context.Context, secrets *secretsmanager.Client, name, email, password string) (string, error) {
	text, err := json.Marshal(map[string]string{"email": email, "password": password})
	if err != nil {
		return "", fmt.Errorf("write the secret: %w", err)
	}
	made, err := secrets.CreateSecret(ctx, &secretsmanager.CreateSecretInput{
		Name:         aws.String(name + "-" + uuid.NewString()),
		Description:  aws.String("Password on its way to the app, deleted when it has arrived"),
		SecretString: aws.String(string(text)),
	})
	if err != nil {
		return "", &problem.Problem{
			What: "can't make the secret that hands the password to the app", Cause: err,
			Todo: fmt.Sprintf("ask for secretsmanager:CreateSecret and DeleteSecret on secret:%s-*", name),
		}
	}
	return aws.ToString(made.ARN), nil
}

// takeBack deletes the secret at once, even when ctx has ended.
func takeBack(ctx context.Context, secrets *secretsmanager.Client, arn string) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), secretDeleteTimeout)
	defer cancel()
	_, err := secrets.DeleteSecret(ctx, &secretsmanager.DeleteSecretInput{SecretId: &arn, ForceDeleteWithoutRecovery: aws.Bool(true)})
	if err != nil {
		return &problem.Problem{
			What: "the secret with the password is still there", Cause: err, Code: oneoff.Failed,
			Todo: "delete it: aws secretsmanager delete-secret --force-delete-without-recovery --secret-id " + arn,
		}
	}
	return nil
}
