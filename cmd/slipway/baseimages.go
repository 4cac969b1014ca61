package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"gitlab.com/slipway/slipway/cmd/slipway/baseimages"
	"gitlab.com/slipway/slipway/cmd/slipway/environment"
	"gitlab.com/slipway/slipway/internal/problem"
)

// baseImagesCommand pins the base images by their newest digests.
func baseImagesCommand(t terminal) *cobra.Command {
	var dir string
	var check bool
	command := &cobra.Command{
		Use:   "base-images",
		Short: "Pin the base images by the newest digests of their tags",
		Long: `Asks the registries for the newest digest of every image that the Dockerfiles and
.gitlab-ci.yml name, and writes it beside the tag, as in python:3.13-slim@sha256:...
The digest is that of the index, so it fits every architecture. Credentials are
those of docker login.`,
		Args: cobra.NoArgs,
		RunE: func(command *cobra.Command, _ []string) error {
			root, err := environment.Find(dir)
			if err != nil {
				return err
			}
			references, err := baseimages.Find(root)
			if err != nil {
				return err
			}
			changes, failed := baseimages.Stale(command.Context(), references)
			for _, change := range changes {
				fmt.Fprintln(t.out, change)
			}
			if !check {
				if err := baseimages.Apply(root, changes); err != nil {
					return err
				}
			}
			switch {
			case failed != nil:
				return failed
			case check && len(changes) > 0:
				return &problem.Problem{What: fmt.Sprintf("%d of %d base images are not pinned by the newest digest", len(changes), len(references)), Todo: "make base-images, then commit what it changed"}
			case len(changes) == 0:
				fmt.Fprintf(t.out, "base images pinned by the newest digests: %d\n", len(references))
			}
			return nil
		},
	}
	command.Flags().StringVar(&dir, "dir", "", "directory of Pulumi.yaml (default: the nearest above)")
	command.Flags().BoolVar(&check, "check", false, "change nothing; exit with 1 when an image is not pinned by the newest digest")
	return command
}
