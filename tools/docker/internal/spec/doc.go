// Package spec reads and checks the inputs of docker:index/image:Image.
package spec
