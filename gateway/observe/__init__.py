"""What a gateway tells those who run it: metrics, traces and the audit trail."""
