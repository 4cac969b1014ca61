package secretkey

import (
	"cmp"
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager"
	"github.com/google/uuid"

	"gitlab.com/slipway/slipway/components/release"
	"gitlab.com/slipway/slipway/internal/problem"
)

// sinceLabel begins the label that says since when no task signs with the old key.
const sinceLabel = "ALONE-SINCE-"

// Args are what is rotated.
type Args struct {
	// Secret is the ARN of the secret, Cluster the name of the cluster whose services
	// read it. Required.
	Secret, Cluster string
	// Life is for how long the app accepts what it has signed. Required.
	Life time.Duration
	// AtOnce makes a new key the only one, which ends whatever another has signed: for
	// a key that leaked. Default: false.
	AtOnce bool
	// OlderThan leaves a secret alone that has changed since. Default: 0, none.
	OlderThan time.Duration
	// Timeout bounds each restart of the tasks. Default: 30 minutes.
	Timeout time.Duration
	// Poll is the time between two looks at it. Default: 5 s.
	Poll time.Duration
}

// Rotator rotates a key.
type Rotator struct {
	// Secrets and ECS are the services. Required.
	Secrets release.Secrets
	ECS     ECS
	// Say takes one line about what is done, or waited for. Required.
	Say func(line string)
	// Now is the clock. Default: the machine's.
	Now func() time.Time
}

// state is where a rotation is.
type state struct {
	// current, next, last and previous are the versions with these labels.
	current, next, last, previous string
	// since is the label that says since when only current signs, empty otherwise,
	// and alone that time.
	since string
	alone time.Time
	// changed is when somebody changed the secret last.
	changed time.Time
}

// Run takes a rotation as far as it goes now: it begins one, or goes on with the one
// that it finds, and ends when that is done or has to wait for what the old key has
// signed.
//
// A task knows the keys that had labels when it started. So a key signs only once
// every task accepts it, and stops counting only once nothing lives that it signed:
//
//	         signs  accepted  then
//	at rest  old    old
//	step 1   old    old, new  all tasks are started anew
//	step 2   new    old, new  all tasks are started anew, and Life passes
//	step 3   new    new       all tasks are started anew
func (r *Rotator) Run(ctx context.Context, args Args) error {
	if r.Now == nil {
		r.Now = time.Now
	}
	args.Timeout, args.Poll = cmp.Or(args.Timeout, 30*time.Minute), cmp.Or(args.Poll, 5*time.Second)
	if args.AtOnce {
		r.Say("a new key is the only one that counts")
		err := release.PutRandom(ctx, r.Secrets, args.Secret, uuid.NewString(), release.LabelCurrent, release.LabelNext, release.LabelLast)
		if err != nil {
			return denied(args.Secret, err)
		}
		return r.restart(ctx, args)
	}
	for {
		at, err := r.look(ctx, args.Secret)
		if err != nil {
			return err
		}
		done, err := r.step(ctx, args, at)
		if done || err != nil {
			return err
		}
	}
}

// step does what comes next, and tells whether there is nothing more to do now.
func (r *Rotator) step(ctx context.Context, args Args, at state) (done bool, err error) {
	rest := at.next == at.current && at.last == at.current
	switch {
	case rest && at.since != "":
		r.Say("the old key no longer counts")
		if err := r.restart(ctx, args); err != nil {
			return false, err
		}
		r.Say("done: the new key is the only one")
		return true, r.move(ctx, args.Secret, at.since, at.current, "")
	case rest && r.Now().Sub(at.changed) < args.OlderThan:
		r.Say("nothing to do: the key is of " + at.changed.UTC().Format(time.DateOnly))
		return true, nil
	case rest:
		r.Say("step 1 of 3: a new key, which is accepted and does not sign yet")
		return false, denied(args.Secret, release.PutRandom(ctx, r.Secrets, args.Secret, uuid.NewString(), release.LabelNext))
	case at.next != at.current && at.last == at.current:
		if err := r.restart(ctx, args); err != nil {
			return false, err
		}
		r.Say("step 2 of 3: the new key signs, the old one is accepted")
		return false, r.move(ctx, args.Secret, release.LabelCurrent, at.current, at.next)
	case at.next != at.current && at.last == at.previous:
		r.Say("somebody put a new key there by hand, which not all tasks may accept: it comes next")
		// In this order: interrupted in between, the old key is as it was.
		if err := r.move(ctx, args.Secret, release.LabelCurrent, at.current, at.previous); err != nil {
			return false, err
		}
		return false, r.move(ctx, args.Secret, release.LabelNext, at.next, at.current)
	case at.next != at.current:
		return false, &problem.Problem{
			What: "somebody put a new key there by hand in the middle of a rotation, so that three keys have signed",
			Todo: fmt.Sprintf("wait for %s, then: aws secretsmanager update-secret-version-stage --secret-id %s --version-stage %s --remove-from-version-id %s --move-to-version-id %s, and run this again",
				args.Life, args.Secret, release.LabelLast, at.last, at.previous),
		}
	case at.since == "":
		if err := r.restart(ctx, args); err != nil {
			return false, err
		}
		return false, r.move(ctx, args.Secret, sinceLabel+r.Now().UTC().Format(time.RFC3339), "", at.current)
	case r.Now().Before(at.alone.Add(args.Life)):
		r.Say("the old key is accepted until nothing lives that it has signed: run this again after " + at.alone.Add(args.Life).Format(time.RFC3339))
		return true, nil
	}
	r.Say("step 3 of 3: what the old key has signed has ended")
	return false, r.move(ctx, args.Secret, release.LabelLast, at.last, at.current)
}

// look reads the labels.
func (r *Rotator) look(ctx context.Context, secret string) (state, error) {
	found, err := r.Secrets.DescribeSecret(ctx, &secretsmanager.DescribeSecretInput{SecretId: &secret})
	if err != nil {
		return state{}, denied(secret, err)
	}
	labels := release.Labels(found)
	at := state{
		current: labels[release.LabelCurrent], next: labels[release.LabelNext], last: labels[release.LabelLast],
		previous: labels["AWSPREVIOUS"], changed: aws.ToTime(found.LastChangedDate),
	}
	if at.current == "" || at.next == "" || at.last == "" {
		return state{}, &problem.Problem{What: "the app's key can't be rotated yet: its versions lack labels", Todo: "deploy the stack, which adds them, and run this again"}
	}
	for label, version := range labels {
		text, is := strings.CutPrefix(label, sinceLabel)
		since, err := time.Parse(time.RFC3339, text)
		if is && err == nil && version == at.current && !since.Before(at.alone) {
			at.since, at.alone = label, since
		}
	}
	return at, nil
}

// move takes a label from one version, if from is not empty, to another, if to is not.
func (r *Rotator) move(ctx context.Context, secret, label, from, to string) error {
	in := &secretsmanager.UpdateSecretVersionStageInput{SecretId: &secret, VersionStage: &label}
	if from != "" {
		in.RemoveFromVersionId = &from
	}
	if to != "" {
		in.MoveToVersionId = &to
	}
	_, err := r.Secrets.UpdateSecretVersionStage(ctx, in)
	return denied(secret, err)
}

func denied(secret string, err error) error {
	if err == nil {
		return nil
	}
	return &problem.Problem{
		What: "the rotation of the app's key did not go on", Cause: err,
		Todo: "run this again, it goes on from here; if AWS refused it, ask for secretsmanager:DescribeSecret, PutSecretValue and UpdateSecretVersionStage on " + secret + ", and secretsmanager:GetRandomPassword",
	}
}
