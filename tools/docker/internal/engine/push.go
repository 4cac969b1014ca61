package engine

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"

	"github.com/distribution/reference"
	"github.com/docker/docker/api/types/image"
	"github.com/docker/docker/pkg/jsonmessage"
)

// Push uploads the image to the registry that its name begins with and returns
// name@sha256:<hex>, the reference that never changes its meaning.
func (e *Engine) Push(ctx context.Context, name string, credentials Credentials, progress Progress) (string, error) {
	named, err := reference.ParseNormalizedNamed(name)
	if err != nil {
		return "", fmt.Errorf("push image %s: %w", name, err)
	}
	header, err := e.header(credentials, name)
	if err != nil {
		return "", fmt.Errorf("push image %s: %w", name, err)
	}
	progress.Step("pushing to " + reference.Domain(named))
	stream, err := e.client.ImagePush(ctx, name, image.PushOptions{RegistryAuth: header})
	if err != nil {
		return "", fmt.Errorf("push image %s: %w", name, stopped(ctx, e.explain(err)))
	}
	defer stream.Close()
	digest, err := pushed(stream, progress)
	if ctx.Err() != nil && err != nil {
		return "", fmt.Errorf("push image %s: %w", name, stopped(ctx, err))
	}
	if err != nil {
		return "", fmt.Errorf("push image %s: %w; check that the registry is reachable from the Docker engine, "+
			"that the repository exists and that registry.username and registry.password may write to it", name, err)
	}
	return reference.FamiliarName(named) + "@" + digest, nil
}

func pushed(stream io.Reader, progress Progress) (string, error) {
	digest := ""
	for decoder := json.NewDecoder(stream); ; {
		var message jsonmessage.JSONMessage
		if err := decoder.Decode(&message); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			return "", fmt.Errorf("read the engine's progress: %w", err)
		}
		switch {
		case message.Error != nil:
			return "", message.Error
		case message.Aux != nil:
			var result struct{ Digest string }
			if err := json.Unmarshal(*message.Aux, &result); err == nil && result.Digest != "" {
				digest = result.Digest
			}
		case message.Status != "":
			progress.Output(status(message))
		}
	}
	if digest == "" {
		return "", errors.New("the registry accepted the image without a digest")
	}
	return digest, nil
}
