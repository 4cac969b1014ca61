// Package engine builds and pushes images through the API of a Docker engine,
// 20.10 (API 1.41) or later. It starts no other program, except ssh for an
// ssh:// address, as the docker command does.
package engine
