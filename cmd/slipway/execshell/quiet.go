package execshell

import (
	"errors"
	"fmt"

	"github.com/aws/session-manager-plugin/src/log"
)

// quiet is the plugin's log: no file is written. The plugin takes what its log
// returns for the error itself.
type quiet struct{}

var _ log.T = quiet{}

func (quiet) Errorf(format string, args ...any) error    { return fmt.Errorf(format, args...) }
func (quiet) Error(args ...any) error                    { return errors.New(fmt.Sprint(args...)) }
func (quiet) Criticalf(format string, args ...any) error { return fmt.Errorf(format, args...) }
func (quiet) Critical(args ...any) error                 { return errors.New(fmt.Sprint(args...)) }
func (quiet) Warnf(format string, args ...any) error     { return fmt.Errorf(format, args...) }
func (quiet) Warn(args ...any) error                     { return errors.New(fmt.Sprint(args...)) }
func (quiet) Tracef(string, ...any)                      {}
func (quiet) Debugf(string, ...any)                      {}
func (quiet) Infof(string, ...any)                       {}
func (quiet) Trace(...any)                               {}
func (quiet) Debug(...any)                               {}
func (quiet) Info(...any)                                {}
func (quiet) Flush()                                     {}
func (quiet) Close()                                     {}
func (q quiet) WithContext(...string) log.T              { return q }
