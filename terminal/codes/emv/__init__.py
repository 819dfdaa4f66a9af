"""EMVCo's QR codes: what a shop shows (MPM, text) and what a customer shows (CPM, BER-TLV in base64)."""
