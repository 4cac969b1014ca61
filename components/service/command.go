package service

import "github.com/pulumi/pulumi/sdk/v3/go/pulumi"

// defineCommand describes the task of one-off commands: the app's image, size
// and rights, without port and migration. Whoever runs it overrides the command;
// without that it does nothing, as the image's own would serve for ever.
func (s *Service) defineCommand(ctx *pulumi.Context) (err error) {
	container := s.container(CommandContainer, CommandContainer, s.volumes())
	container["command"] = pulumi.ToStringArray([]string{"true"})
	s.command, err = s.define(ctx, s.commandFamily(), s.args.CPU, s.args.MemoryMiB, pulumi.Array{container})
	if err != nil {
		return err
	}
	s.CommandTaskDefinition = s.command.Arn
	return nil
}

func (s *Service) commandFamily() string { return s.name + "-command" }
