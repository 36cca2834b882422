/** Stub. */
import '../lib/styles/index.css';
