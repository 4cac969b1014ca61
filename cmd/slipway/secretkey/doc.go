// Package secretkey rotates the key that the app signs with, without ending what the
// old key has signed.
//
// Where a rotation is stands in the labels of the secret's versions alone. So it
// goes on from wherever it was interrupted, and reads no value.
package secretkey
