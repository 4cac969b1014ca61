package main

import (
	"encoding/json"
	"fmt"
	"os"
	"strconv"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
)

// environment tells the program about its stack the way pulumi.Run reads it.
func environment(r *pulumirpc.RunRequest, engine string) ([]string, error) {
	config, err := json.Marshal(r.GetConfig())
	if err != nil {
		return nil, fmt.Errorf("encode the configuration: %w", err)
	}
	secretKeys := r.GetConfigSecretKeys()
	if secretKeys == nil {
		secretKeys = []string{}
	}
	secrets, err := json.Marshal(secretKeys)
	if err != nil {
		return nil, fmt.Errorf("encode the names of the secrets: %w", err)
	}
	env := os.Environ()
	for name, value := range map[string]string{
		pulumi.EnvOrganization:        r.GetOrganization(),
		pulumi.EnvProject:             r.GetProject(),
		pulumi.EnvPulumiRootDirectory: r.GetInfo().GetRootDirectory(),
		pulumi.EnvStack:               r.GetStack(),
		pulumi.EnvConfig:              string(config),
		pulumi.EnvConfigSecretKeys:    string(secrets),
		pulumi.EnvDryRun:              strconv.FormatBool(r.GetDryRun()),
		pulumi.EnvParallel:            strconv.Itoa(int(r.GetParallel())),
		pulumi.EnvMonitor:             r.GetMonitorAddress(),
		pulumi.EnvEngine:              engine,
	} {
		if value != "" {
			env = append(env, name+"="+value)
		}
	}
	return env, nil
}
