from apicheck.command import main

raise SystemExit(main())
