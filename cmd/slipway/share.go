package main

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/spf13/cobra"

	"gitlab.com/slipway/slipway/cmd/slipway/backend"
	"gitlab.com/slipway/slipway/cmd/slipway/share"
	"gitlab.com/slipway/slipway/internal/problem"
)

func shareCommand(t terminal) *cobra.Command {
	var stack string
	command := &cobra.Command{
		Use:   "share --stack STACK",
		Short: "Write the copy of the state that jobs of every branch may read",
		Long: `Writes a copy of the stack's state into the bucket that holds no secret and nothing
that opens one. Previews of merge requests read it instead of the state. Where the
stack has no state the copy is removed.`,
		Args: cobra.NoArgs,
		RunE: func(command *cobra.Command, _ []string) error {
			in, err := openBackend(command.Context(), stack)
			if err != nil {
				return err
			}
			state, err := in.Raw(command.Context())
			if err != nil {
				return err
			}
			if state == nil {
				fmt.Fprintf(t.errs, "==> %s has no state: it has no shared copy either\n", in.Name())
				return in.Share(command.Context(), nil)
			}
			made, err := share.Of(in.Name(), state.Text, state.Written)
			if err != nil {
				return err
			}
			text, err := json.Marshal(made)
			if err != nil {
				return fmt.Errorf("write the shared copy of %s: %w", in.Name(), err)
			}
			if err := in.Share(command.Context(), text); err != nil {
				return err
			}
			fmt.Fprintf(t.errs, "==> shared what there is of %s, without secrets: s3://%s/%s\n", in.Name(), in.Bucket, in.SharedKey())
			return nil
		},
	}
	command.Flags().StringVar(&stack, "stack", "", "stack to work on (required)")
	cobra.CheckErr(command.MarkFlagRequired("stack"))
	return command
}

func outputsCommand(t terminal) *cobra.Command {
	var stack string
	command := &cobra.Command{
		Use:   "outputs --stack STACK",
		Short: "Print the stack's outputs as the shared copy has them",
		Long:  `Prints the outputs of the stack as JSON, from the shared copy: under a role that may read no state.`,
		Args:  cobra.NoArgs,
		RunE: func(command *cobra.Command, _ []string) error {
			in, err := uncheckedBackend(command.Context(), stack)
			if err != nil {
				return err
			}
			shared, err := readShared(command.Context(), in)
			if err != nil {
				return err
			}
			if shared == nil {
				return &problem.Problem{What: fmt.Sprintf("there is no shared copy of %s that can be read", in.Name()), Todo: "deploy the stack: make up writes it"}
			}
			return t.json(shared.Outputs())
		},
	}
	command.Flags().StringVar(&stack, "stack", "", "stack to work on (required)")
	cobra.CheckErr(command.MarkFlagRequired("stack"))
	return command
}

// readShared reads the shared copy; nil when there is none.
func readShared(ctx context.Context, in *backend.Backend) (*share.Copy, error) {
	object, err := in.Shared(ctx)
	if err != nil || object == nil {
		return nil, err
	}
	return share.Read(in.Name(), object.Text)
}
